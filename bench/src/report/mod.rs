//! What was found, for people, machines and the document.
