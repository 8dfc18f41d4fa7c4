//! The function behind the line: member look-up and PIN to SMS.
