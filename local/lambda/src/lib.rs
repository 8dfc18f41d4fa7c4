//! AWS Lambda in the local account: the control plane and real function processes.
