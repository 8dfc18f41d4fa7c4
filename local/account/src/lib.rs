//! The local AWS account: one address in front of embedded and own services.
