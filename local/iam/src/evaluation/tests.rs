use super::*;
use serde_json::{Value, json};

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:1:table/a";
const OTHER: &str = "arn:aws:dynamodb:eu-west-1:1:table/b";
const GET: &str = "dynamodb:GetItem";
const PUT: &str = "dynamodb:PutItem";

fn named(name: &str, statements: Value) -> Named {
    let json = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Named {
        name: name.into(),
        document: Document::identity(&json).unwrap(),
    }
}

fn statement(effect: &str, action: Value, resource: Value) -> Value {
    json!({ "Sid": effect, "Effect": effect, "Action": action, "Resource": resource })
}

fn decide(policies: &Policies, action: &str, resource: &str) -> Decision {
    policies.decide(Request {
        action,
        resource,
        context: &Context::new().without("aws:PrincipalTag/"),
    })
}

/// Returns `allowed`, `explicit`, `identity`, `boundary` or `undecided`.
fn outcome(policies: &Policies, action: &str, resource: &str) -> &'static str {
    match decide(policies, action, resource) {
        Decision::Allowed(_) => "allowed",
        Decision::Denied(Denial::Explicit {
            boundary: false, ..
        }) => "explicit",
        Decision::Denied(Denial::Explicit { boundary: true, .. }) => "explicit in boundary",
        Decision::Denied(Denial::NoIdentityPolicy) => "identity",
        Decision::Denied(Denial::NoBoundary) => "boundary",
        Decision::Undecided(_) => "undecided",
    }
}

fn identity(statements: Value) -> Policies {
    Policies {
        identity: vec![named("inline", statements)],
        boundary: None,
    }
}

#[test]
fn explicit_deny_overrides_allow_which_overrides_implicit_deny() {
    let allow = statement("Allow", json!("dynamodb:*"), json!(TABLE));
    let deny = statement("Deny", json!(PUT), json!("*"));
    for statements in [json!([allow, deny]), json!([deny, allow])] {
        let policies = identity(statements);
        for (action, resource, expected) in [
            (GET, TABLE, "allowed"),
            ("DYNAMODB:getitem", TABLE, "allowed"),
            (GET, OTHER, "identity"),
            ("sns:Publish", TABLE, "identity"),
            (PUT, TABLE, "explicit"),
            (PUT, OTHER, "explicit"),
        ] {
            assert_eq!(outcome(&policies, action, resource), expected, "{action}");
        }
    }
    assert_eq!(outcome(&Policies::default(), GET, TABLE), "identity");
}

#[test]
fn negated_elements_match_everything_else() {
    let sms = identity(json!([{
        "Effect": "Allow", "Action": "sns:Publish", "NotResource": ["arn:aws:sns:*:*:*"],
    }]));
    for (resource, expected) in [
        ("+819012345678", "allowed"),
        ("arn:aws:sns:eu-west-1:1:topic", "identity"),
        ("*", "allowed"),
    ] {
        assert_eq!(outcome(&sms, "SNS:Publish", resource), expected);
    }
    let reading = identity(json!([
        { "Effect": "Allow", "NotAction": ["dynamodb:Delete*", "iam:*"], "Resource": "*" },
    ]));
    for (action, expected) in [
        (GET, "allowed"),
        ("dynamodb:DeleteItem", "identity"),
        ("iam:CreateUser", "identity"),
        ("sns:Publish", "allowed"),
    ] {
        assert_eq!(outcome(&reading, action, TABLE), expected, "{action}");
    }
    let fence = identity(json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Sid": "Fence", "Effect": "Deny", "NotAction": "dynamodb:*", "NotResource": OTHER },
    ]));
    assert_eq!(outcome(&fence, GET, TABLE), "allowed");
    assert_eq!(outcome(&fence, "sns:Publish", TABLE), "explicit");
    assert_eq!(outcome(&fence, "sns:Publish", OTHER), "allowed");
}

#[test]
fn the_boundary_limits_and_grants_nothing() {
    let bounded = |identity: Value, boundary: Value| Policies {
        identity: vec![named("inline", identity)],
        boundary: Some(named("boundary", boundary)),
    };
    let all = statement("Allow", json!("*"), json!("*"));
    let get = statement("Allow", json!(GET), json!(TABLE));
    let no_get = statement("Deny", json!(GET), json!("*"));
    for (policies, action, expected) in [
        (bounded(json!([get]), json!([all])), GET, "allowed"),
        (bounded(json!([all]), json!([get])), GET, "allowed"),
        (bounded(json!([all]), json!([get])), PUT, "boundary"),
        (bounded(json!([get]), json!([all])), PUT, "identity"),
        (bounded(json!([]), json!([all])), GET, "identity"),
        (bounded(json!([all]), json!([])), GET, "boundary"),
        (
            bounded(json!([all]), json!([all, no_get])),
            GET,
            "explicit in boundary",
        ),
        (bounded(json!([all, no_get]), json!([all])), GET, "explicit"),
    ] {
        assert_eq!(outcome(&policies, action, TABLE), expected, "{policies:?}");
    }
}

#[test]
fn every_statement_that_allows_is_reported() {
    let policies = Policies {
        identity: vec![
            named(
                "inline",
                json!([
                    { "Sid": "Read", "Effect": "Allow", "Action": [PUT, GET], "Resource": [OTHER, TABLE] },
                    { "Effect": "Allow", "NotAction": "sns:*", "NotResource": OTHER },
                    { "Sid": "Elsewhere", "Effect": "Allow", "Action": GET, "Resource": OTHER },
                ]),
            ),
            named(
                "arn:aws:iam::1:policy/m",
                json!(statement("Allow", json!("*"), json!("*"))),
            ),
        ],
        boundary: None,
    };
    let grant =
        |policy: &str, statement: &str, action: Option<&str>, resource: Option<&str>| Grant {
            policy: policy.into(),
            statement: statement.into(),
            action: action.map(str::to_owned),
            resource: resource.map(str::to_owned),
        };
    assert_eq!(
        decide(&policies, GET, TABLE),
        Decision::Allowed(vec![
            grant("inline", "Read", Some(GET), Some(TABLE)),
            grant("inline", "statement 2", None, None),
            grant("arn:aws:iam::1:policy/m", "Allow", Some("*"), Some("*")),
        ])
    );
}

#[test]
fn an_unknown_key_is_not_a_permission() {
    let asking = |effect: &str| {
        json!({
            "Sid": "Asking", "Effect": effect, "Action": GET, "Resource": TABLE,
            "Condition": { "StringEquals": { "dynamodb:Nonsense": "x" } },
        })
    };
    let all = statement("Allow", json!("*"), json!("*"));
    for effect in ["Allow", "Deny"] {
        let policies = identity(json!([all, asking(effect)]));
        assert_eq!(
            decide(&policies, GET, TABLE),
            Decision::Undecided(format!(
                "Asking of inline needs dynamodb:Nonsense, whose value is unknown for {GET} on {TABLE}"
            ))
        );
        // The statement is about another action and another resource.
        assert_eq!(outcome(&policies, PUT, TABLE), "allowed");
        assert_eq!(outcome(&policies, GET, OTHER), "allowed");
    }
    let variable = identity(json!([
        { "Effect": "Allow", "Action": GET, "Resource": "arn:aws:dynamodb:*:*:table/${aws:Nonsense}" },
    ]));
    assert_eq!(outcome(&variable, GET, TABLE), "undecided");
    let absent = identity(json!([
        { "Effect": "Allow", "Action": GET, "Resource": "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/t}" },
    ]));
    assert_eq!(outcome(&absent, GET, TABLE), "identity");
}

#[test]
fn all_conditions_must_hold() {
    let policies = identity(json!([{
        "Effect": "Allow", "Action": "kms:GenerateMac", "Resource": "*",
        "Condition": {
            "StringEquals": { "kms:MacAlgorithm": "HMAC_SHA_256", "aws:PrincipalAccount": "1" },
            "Null": { "kms:ViaService": "true" },
        },
    }]));
    let context = Context::new()
        .with("aws:PrincipalAccount", "1")
        .with("kms:MacAlgorithm", "HMAC_SHA_256")
        .without("kms:ViaService");
    for (context, allowed) in [
        (context.clone(), true),
        (
            context.clone().with("kms:MacAlgorithm", "HMAC_SHA_512"),
            false,
        ),
        (context.clone().with("aws:PrincipalAccount", "2"), false),
        (
            context.with("kms:ViaService", "ssm.eu-west-1.amazonaws.com"),
            false,
        ),
    ] {
        let decision = policies.decide(Request {
            action: "kms:GenerateMac",
            resource: "arn:aws:kms:eu-west-1:1:key/k",
            context: &context,
        });
        assert_eq!(
            matches!(decision, Decision::Allowed(_)),
            allowed,
            "{context:?}"
        );
    }
}

#[test]
fn a_service_assumes_a_role_that_trusts_it() {
    const LAMBDA: &str = "lambda.amazonaws.com";
    let trusted = |statements: Value| {
        let json = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let context = Context::new().with("aws:SourceAccount", "1");
        Document::trust(&json)
            .unwrap()
            .lets_assume(LAMBDA, &context)
    };
    let assume = |effect: &str, service: &str| {
        json!({
            "Effect": effect, "Action": "sts:AssumeRole", "Principal": { "Service": service },
        })
    };
    let on_condition = |key: &str, value: &str| {
        let mut statement = assume("Allow", LAMBDA);
        statement["Condition"] = json!({ "StringEquals": { key: value } });
        statement
    };
    for (statements, expected) in [
        (json!([assume("Allow", LAMBDA)]), true),
        (json!([assume("Allow", "ec2.amazonaws.com")]), false),
        (json!([]), false),
        (
            json!([assume("Allow", LAMBDA), assume("Deny", LAMBDA)]),
            false,
        ),
        (
            json!([assume("Allow", LAMBDA), assume("Deny", "ec2.amazonaws.com")]),
            true,
        ),
        (
            json!([{ "Effect": "Allow", "Action": "sts:TagSession", "Principal": { "Service": LAMBDA } }]),
            false,
        ),
        (
            json!([{ "Effect": "Allow", "Action": "sts:*", "Principal": "*" }]),
            true,
        ),
        (
            json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "1" } }]),
            false,
        ),
        (json!([on_condition("aws:SourceAccount", "1")]), true),
        (json!([on_condition("aws:SourceAccount", "2")]), false),
        (json!([on_condition("aws:Nonsense", "1")]), false),
    ] {
        assert_eq!(trusted(statements.clone()), expected, "{statements}");
    }
}

/// "AWS JSON policy elements: Principal" in the IAM User Guide.
#[test]
fn a_role_trusts_the_principals_and_accounts_of_its_policy() {
    const USER: &str = "arn:aws:iam::123456789012:user/operator";
    const OTHER: &str = "arn:aws:iam::123456789012:user/other";
    let trust = |statements: Value, arn: &str| {
        let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let principal = Principal {
            account: "123456789012",
            arns: &[arn],
        };
        let context = Context::new()
            .with("sts:ExternalId", "line")
            .without("aws:SourceAccount");
        let document = Document::trust(&document).unwrap();
        document.trust_in(principal, &context)
    };
    let allow = |principal: Value| json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal }]);
    for (principal, of_user, of_other) in [
        (json!("*"), Trust::Principal, Trust::Principal),
        (json!({ "AWS": "*" }), Trust::Principal, Trust::Principal),
        (json!({ "AWS": USER }), Trust::Principal, Trust::Absent),
        (
            json!({ "AWS": "123456789012" }),
            Trust::Account,
            Trust::Account,
        ),
        (
            json!({ "AWS": ["arn:aws:iam::123456789012:root", USER] }),
            Trust::Principal,
            Trust::Account,
        ),
        (
            json!({ "AWS": "arn:aws:iam::999999999999:root" }),
            Trust::Absent,
            Trust::Absent,
        ),
        (
            json!({ "Service": "lambda.amazonaws.com" }),
            Trust::Absent,
            Trust::Absent,
        ),
    ] {
        assert_eq!(
            trust(allow(principal.clone()), USER),
            of_user,
            "{principal}"
        );
        assert_eq!(
            trust(allow(principal.clone()), OTHER),
            of_other,
            "{principal}"
        );
    }

    let with = |name: &str, value: Value| {
        let mut statements = allow(json!({ "AWS": USER }));
        statements[0][name] = value;
        statements
    };
    let external = |id: &str| json!({ "StringEquals": { "sts:ExternalId": id } });
    assert_eq!(
        trust(with("Condition", external("line")), USER),
        Trust::Principal
    );
    for (name, value) in [
        ("Condition", external("another")),
        (
            "Condition",
            json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } }),
        ),
        (
            "Condition",
            json!({ "StringEquals": { "aws:unheardOf": "x" } }),
        ),
        ("Action", json!("sts:TagSession")),
        ("Effect", json!("Deny")),
    ] {
        assert_eq!(
            trust(with(name, value.clone()), USER),
            Trust::Absent,
            "{value}"
        );
    }
    let mut denied = allow(json!("*"));
    let statement = json!({ "Effect": "Deny", "Action": "sts:*", "Principal": { "AWS": USER } });
    denied.as_array_mut().unwrap().push(statement);
    assert_eq!(trust(denied.clone(), USER), Trust::Absent);
    assert_eq!(trust(denied, OTHER), Trust::Principal);
}
