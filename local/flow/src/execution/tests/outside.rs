//! Blocks whose effect lies outside of the flow.

use serde_json::Map;

use super::*;

/// A flow that looks for a customer profile, and greets the customer by name.
fn greeting() -> Vec<Value> {
    let search = json!({
        "ProfileRequestData": {
            "IdentifierName": "_phone",
            "IdentifierValue": "$.CustomerEndpoint.Address",
        },
        "ProfileResponseData": ["FirstName"],
    });
    let errors = [
        ("MultipleFoundError", "many"),
        ("NoneFoundError", "none"),
        ("NoMatchingError", "failed"),
    ];
    vec![
        action("find", "GetCustomerProfile", search, "greet", &errors),
        say("greet", "Hello $.Customer.FirstName", "bye"),
        say("many", "many", "bye"),
        say("none", "none", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

fn provided(branch: ProvidedBranch, values: Value) -> Input {
    let Value::Object(values) = values else {
        panic!("the values must be an object");
    };
    Input::OutsideAnswered(OutsideAnswer::Provided(Provided {
        branch,
        values,
        took: Duration::ZERO,
    }))
}

/// AWS's page of GetCustomerProfile: the profile is found in `$.Customer`, and each failure has an
/// error type.
#[test]
fn a_block_outside_of_the_flow_takes_the_branch_that_the_driver_provides() {
    let mut call = Call::start(&greeting());
    let Output::Outside(block) = &call.output else {
        panic!("{:?}", call.output);
    };
    assert_eq!(&*block.kind, "GetCustomerProfile");
    assert_eq!(
        block.parameters["ProfileRequestData"]["IdentifierValue"],
        "+819000000001"
    );
    let profile = json!({ "Customer": { "FirstName": "Hanako" } });
    call.input(provided(ProvidedBranch::Done, profile))
        .hear("Hello Hanako")
        .is_over();

    for (error, text) in [
        ("MultipleFoundError", "many"),
        ("NoneFoundError", "none"),
        ("NoMatchingError", "failed"),
        ("AnyOther", "failed"),
    ] {
        let mut call = Call::start(&greeting());
        call.input(provided(
            ProvidedBranch::Failed(error.to_owned()),
            Value::Object(Map::new()),
        ))
        .hear(text)
        .is_over();
    }
}

/// An instance without a Customer Profiles domain has no profile to find.
#[test]
fn a_block_that_the_driver_does_not_provide_says_why_in_the_trace() {
    let mut call = Call::start(&greeting());
    call.input(Input::OutsideAnswered(OutsideAnswer::Absent));
    assert_eq!(
        call.warnings(),
        ["the instance must have a Customer Profiles domain"]
    );
    call.hear("failed").is_over();
}
