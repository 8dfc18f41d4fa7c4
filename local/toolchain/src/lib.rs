//! Terraform, its AWS provider and the function's zip, made ready on this machine.
