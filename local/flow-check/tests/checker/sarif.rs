//! The schema of SARIF 2.1.0, which is that of OASIS (tests/sarif).

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

/// The compiled schema.
pub(crate) struct Sarif {
    schemas: Schemas,
    schema: SchemaIndex,
}

impl Sarif {
    pub(crate) fn new() -> Self {
        let text = include_str!("../sarif/sarif-schema-2.1.0.json");
        let schema: Value = serde_json::from_str(text).unwrap();
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource("sarif.json", schema).unwrap();
        let mut schemas = Schemas::new();
        let schema = compiler.compile("sarif.json", &mut schemas).unwrap();
        let sarif = Self { schemas, schema };
        // The schema tells a log from what is none.
        let version = json!({ "version": "2.1.0" });
        assert!(sarif.schemas.validate(&version, sarif.schema).is_err());
        sarif
    }

    /// Asserts that a log follows the schema.
    #[track_caller]
    pub(crate) fn validate(&self, log: &Value) {
        if let Err(error) = self.schemas.validate(log, self.schema) {
            panic!("{error:#}");
        }
    }
}
