//! IAM's quotas on policies, which the embedded service does not enforce.

use local_wire::Fault;

/// The most characters of a policy without white space, by the operations that write it, with the
/// policy's name in IAM's error.
const POLICIES: [(&str, &str, usize, &str); 8] = [
    (
        "CreateRole",
        "AssumeRolePolicyDocument",
        2_048,
        "ACLSizePerRole",
    ),
    (
        "UpdateAssumeRolePolicy",
        "PolicyDocument",
        2_048,
        "ACLSizePerRole",
    ),
    ("CreatePolicy", "PolicyDocument", 6_144, "PolicySize"),
    ("CreatePolicyVersion", "PolicyDocument", 6_144, "PolicySize"),
    (
        "PutRolePolicy",
        "PolicyDocument",
        10_240,
        "InlinePolicySize",
    ),
    (
        "PutGroupPolicy",
        "PolicyDocument",
        5_120,
        "InlinePolicySize",
    ),
    ("PutUserPolicy", "PolicyDocument", 2_048, "InlinePolicySize"),
    (
        "CreateSAMLProvider",
        "SAMLMetadataDocument",
        10_000_000,
        "SAMLMetadataSize",
    ),
];

/// The most character comparisons of a simulation. Each policy is matched with each action on each
/// resource, in a time that grows with the product of their lengths.
const MAX_COMPARISONS: usize = 50_000_000;
/// The greatest size of the policies of a principal, for simulations that name a principal only:
/// ten managed policies and the inline ones.
const PRINCIPAL_POLICIES: usize = 10 * 6_144 + 10_240;

/// Refuses a request that exceeds a quota.
pub(super) fn check(action: &str, form: &[(String, String)]) -> Result<(), Fault> {
    if action.starts_with("Simulate") {
        return check_simulation(form);
    }
    for (operation, member, most, quota) in POLICIES {
        let document = form.iter().find(|(name, _)| name == member);
        if let Some((_, document)) = document.filter(|_| operation == action) {
            let length = document
                .chars()
                .filter(|letter| !letter.is_whitespace())
                .count();
            if length > most {
                return Err(Fault::new(
                    409,
                    "LimitExceeded",
                    format!("Cannot exceed quota for {quota}: {most}"),
                ));
            }
        }
    }
    Ok(())
}

fn check_simulation(form: &[(String, String)]) -> Result<(), Fault> {
    let of = |list: &str| {
        let prefix = format!("{list}.member.");
        let values = form.iter().filter(|(name, _)| name.starts_with(&prefix));
        values.fold((0_usize, 0_usize), |(count, bytes), (_, value)| {
            (count + 1, bytes + value.len())
        })
    };
    let (actions, action_bytes) = of("ActionNames");
    let (resources, resource_bytes) = of("ResourceArns");
    let (_, policy_bytes) = of("PolicyInputList");
    let policies = policy_bytes.saturating_add(PRINCIPAL_POLICIES);
    let pairs = action_bytes
        .saturating_mul(resources.max(1))
        .saturating_add(resource_bytes.saturating_mul(actions));
    match policies.saturating_mul(pairs) > MAX_COMPARISONS {
        true => Err(Fault::new(
            400,
            "InvalidInput",
            "The local account does not simulate so many actions on so many resources at once. \
             Request fewer.",
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::OPERATIONS;

    fn form(pairs: &[(&str, String)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn policies_have_the_length_limits_of_iam() {
        for (operation, member, most, _) in POLICIES {
            assert!(OPERATIONS.served(operation).is_some(), "{operation}");
            let of = |length: usize| form(&[(member, format!("  {}\n", "x".repeat(length)))]);
            assert!(check(operation, &of(most)).is_ok(), "{operation}");
            let refused = check(operation, &of(most + 1)).unwrap_err();
            assert_eq!(refused.code, "LimitExceeded", "{operation}");
        }
    }

    #[test]
    fn simulations_that_take_too_long_are_refused() {
        let simulation = |pattern: String, resource: String| {
            let form = form(&[
                ("PolicyInputList.member.1", pattern),
                ("ActionNames.member.1", "dynamodb:GetItem".into()),
                ("ResourceArns.member.1", resource),
            ]);
            check("SimulateCustomPolicy", &form)
        };
        assert!(simulation("x".repeat(6_144), "arn:aws:dynamodb:r:1:table/t".into()).is_ok());
        let stars = simulation("*a".repeat(100_000), "a".repeat(100_000)).unwrap_err();
        assert!(stars.message.contains("Request fewer"));
    }
}
