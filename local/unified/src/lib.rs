//! Empty: this package exists for the features that its `Cargo.toml` requests.
