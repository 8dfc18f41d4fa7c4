//! The line's function, put together in other ways: each binary says in which.
