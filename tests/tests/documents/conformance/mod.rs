//! `docs/conformance.md`: operations and block types of the local account with their evidence and tests.

mod block_types;
mod operations;

use std::collections::BTreeSet;

use e2e::{Failure, generated};

use super::{pages, read};

e2e::trials![
    the_conformance_page_is_what_tables_and_tests_say,
    the_summary_of_the_readme_is_that_of_the_conformance_page,
    every_block_type_has_a_test,
    every_operation_is_answered_as_the_service_model_says,
];

const PAGE: &str = "docs/conformance.md";
/// The filter that selects the tests that generate the page and the README's summary.
const FILTER: &str = "conformance_page";
/// The number of tests that the page names of a type or an operation; of the others it has the number.
const MOST_TESTS: usize = 6;

const INTRODUCTION: &str = "\
*Evidence* says where the behaviour is known from: *recorded* from what projects published about the
service, console exports among it, *provider* from the acceptance tests of HashiCorp's AWS provider, which
are written against the service, *documented* from the AWS documentation, *reported* from one other source,
*inferred* from similar types.
";

const OPERATIONS: &str = "\
Every request is checked against the service model. *Requests from the model* are generated from it: the
smallest valid input of an operation, the bounds and values of each member, and each violation of a
constraint. Of an operation the table has the number of requests that the model allows and of those that it
refuses, and in parentheses how many of them were answered as the model says.
";

const BLOCK_TYPES: &str = "\
How the local Amazon Connect treats each block type of the flow language (version 2019-10-30). Publishing
checks every type by its row in `local/flow/src/check`, whether the type is executed or not.

A type that is *executed* runs as on the service, apart from what *known to differ* says. A type that is
*provided* has its effect outside of the flow: a script of the call provides it (`blocks` in the file of
`call --script`); without one, the block takes the branch of an instance that lacks the service, and the
trace gives the reason.
";

/// Returns the first of the names, in code font, and the number of the others.
fn shown(names: &[String]) -> String {
    let first = names.iter().take(MOST_TESTS);
    let first: Vec<_> = first.map(|name| format!("`{name}`")).collect();
    let more = match names.len().saturating_sub(MOST_TESTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", first.join(", "))
}

async fn the_conformance_page_is_what_tables_and_tests_say() -> Result<(), Failure> {
    let services = operations::services().await?;
    let page = format!(
        "# Conformance\n\n\
         Generated from tables and from the tests that use them; do not edit it.\n\
         `{}` writes it again.\n\n{INTRODUCTION}\n\
         ## Operations\n\n{OPERATIONS}\n{}\n\
         ## Block types\n\n{BLOCK_TYPES}\n{}{}",
        generated::command(FILTER),
        operations::sections(services),
        block_types::summary(&block_types::rows()),
        block_types::sections(),
    );
    pages::compare(PAGE, &page, FILTER);
    Ok(())
}

async fn the_summary_of_the_readme_is_that_of_the_conformance_page() -> Result<(), Failure> {
    let summary = block_types::summary(&block_types::rows());
    pages::compare_part("README.md", "conformance", &summary, FILTER);
    Ok(())
}

async fn every_block_type_has_a_test() -> Result<(), Failure> {
    let rows = block_types::rows();
    let types: Vec<&str> = rows.keys().map(String::as_str).collect();
    let tests = block_types::tests(&types);
    let without: BTreeSet<_> = types
        .iter()
        .filter(|kind| !tests.contains_key(**kind))
        .collect();
    assert!(without.is_empty(), "no test names {without:?}");
    assert!(
        read(PAGE).contains("### Compare\n"),
        "{PAGE} must list Compare"
    );
    Ok(())
}

/// Every operation has evidence, a test of its own, and requests from its model, of which all were
/// answered as the model says.
async fn every_operation_is_answered_as_the_service_model_says() -> Result<(), Failure> {
    let mut problems = Vec::new();
    for service in operations::services().await? {
        problems.extend(service.problems());
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}
