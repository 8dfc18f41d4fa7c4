//! Deploy the module into a local AWS account and call it.
fn main() {}
