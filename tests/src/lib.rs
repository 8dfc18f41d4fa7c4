//! End-to-end tests: apply, call, assert, destroy.
