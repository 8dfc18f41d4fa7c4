//! Amazon Connect in the local account: the control plane and the calls.
