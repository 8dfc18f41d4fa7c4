//! The configuration in docs/migration.md.

use std::collections::BTreeSet;
use std::fs;

use e2e::Failure;
use hcl::{Attribute, Body};
use local_harness::repository;

/// The guide's blocks of HCL, with values for its placeholders.
pub(crate) struct Guide {
    /// The `module` block.
    pub(crate) line: String,
    /// The `import` blocks of resources that must not be replaced.
    pub(crate) imports: String,
    /// The `import` blocks of resources that have the module's own names.
    pub(crate) imports_of_same_name: String,
}

impl Guide {
    /// Reads the guide and replaces its placeholders with these values.
    pub(crate) fn read(values: &[(&str, &str)]) -> Result<Self, Failure> {
        let text = fs::read_to_string(repository()?.join("docs/migration.md"))?;
        let blocks: Vec<String> = text
            .split("```hcl\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .map(|block| filled_in(block, values))
            .collect();
        let [line, imports, imports_of_same_name] =
            <[String; 3]>::try_from(blocks).map_err(|blocks| {
                format!(
                    "docs/migration.md must have 3 blocks of HCL, but has {}",
                    blocks.len()
                )
            })?;
        Ok(Self {
            line,
            imports,
            imports_of_same_name,
        })
    }
}

fn filled_in(block: &str, values: &[(&str, &str)]) -> String {
    let filled = values.iter().fold(block.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    });
    let left = filled
        .split(|character: char| !character.is_ascii_uppercase() && character != '_')
        .find(|word| word.contains('_') && word.starts_with(|c: char| c.is_ascii_uppercase()));
    assert_eq!(
        left, None,
        "the test must have a value for each placeholder"
    );
    filled
}

/// Returns the target addresses of `import` blocks.
pub(crate) fn targets(imports: &str) -> Result<BTreeSet<String>, Failure> {
    let body: Body = hcl::parse(imports)?;
    let targets = body.blocks().map(|block| {
        assert_eq!(block.identifier(), "import");
        let to = block.body().attributes().find(|a| a.key() == "to");
        address(to.expect("an import block must have the attribute to"))
    });
    targets.collect()
}

fn address(to: &Attribute) -> Result<String, Failure> {
    Ok(hcl::format::to_string(to.expr())?)
}
