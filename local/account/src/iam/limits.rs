//! IAM's quotas on policies, which the embedded service does not enforce.

use local_wire::Fault;
use winterbaume_iam::IamStateView;
use winterbaume_iam::views::{AttachedPolicyView, InlinePolicyView};

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

/// The most managed policies of a user, a group or a role, and the most groups of a user. All
/// quotas are those of "IAM and AWS STS quotas" in the IAM User Guide.
const ATTACHED: usize = 10;
const GROUPS_PER_USER: usize = 10;
const USERS: usize = 5_000;
const GROUPS: usize = 300;

/// Operations whose quotas depend on what the account has.
const BY_STATE: [&str; 10] = [
    "AddUserToGroup",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateGroup",
    "CreateUser",
    "DeleteUser",
    "PutGroupPolicy",
    "PutRolePolicy",
    "PutUserPolicy",
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
        if let Some((_, document)) = document
            && operation == action
            && letters(document) > most
        {
            return Err(exceeded(format!("Cannot exceed quota for {quota}: {most}")));
        }
    }
    Ok(())
}

/// Reports whether an operation has a quota that depends on what the account has.
pub(super) fn depends_on_state(action: &str) -> bool {
    BY_STATE.contains(&action)
}

/// Refuses a request that exceeds a quota with what the account has already.
pub(super) fn check_state(
    action: &str,
    form: &[(String, String)],
    state: &IamStateView,
) -> Result<(), Fault> {
    let parameter = |member: &str| {
        let found = form.iter().find(|(name, _)| name == member);
        found.map_or("", |(_, value)| value.as_str())
    };
    let quota = |count: usize, most: usize, name: &str| match count >= most {
        true => Err(exceeded(format!("Cannot exceed quota for {name}: {most}"))),
        false => Ok(()),
    };
    let (user, group, role) = (
        state.users.get(parameter("UserName")),
        state.groups.get(parameter("GroupName")),
        state.roles.get(parameter("RoleName")),
    );
    let groups_of_user = || {
        let members = state.groups.values().map(|group| &group.members);
        let name = parameter("UserName");
        members
            .filter(|members| members.iter().any(|member| member == name))
            .count()
    };
    let attach = |attached: Option<&Vec<AttachedPolicyView>>, name: &str| {
        // A policy that is attached already is attached again without effect.
        let others = attached.map_or(0, |all| {
            let arn = parameter("PolicyArn");
            all.iter().filter(|one| one.policy_arn != arn).count()
        });
        quota(others, ATTACHED, name)
    };
    let inline = |policies: Option<&Vec<InlinePolicyView>>, most: usize, of: &str, name: &str| {
        let written = parameter("PolicyName");
        let others = policies.map_or(0, |all| {
            let kept = all.iter().filter(|one| one.policy_name != written);
            kept.map(|one| letters(&one.policy_document)).sum::<usize>()
        });
        match others.saturating_add(letters(parameter("PolicyDocument"))) > most {
            true => Err(exceeded(format!(
                "Maximum policy size of {most} bytes exceeded for {of} {name}"
            ))),
            false => Ok(()),
        }
    };
    match action {
        "AttachUserPolicy" => attach(user.map(|it| &it.attached_policies), "PoliciesPerUser"),
        "AttachGroupPolicy" => attach(group.map(|it| &it.attached_policies), "PoliciesPerGroup"),
        "AttachRolePolicy" => attach(role.map(|it| &it.attached_policies), "PoliciesPerRole"),
        "PutUserPolicy" => inline(
            user.map(|it| &it.inline_policies),
            2_048,
            "user",
            parameter("UserName"),
        ),
        "PutGroupPolicy" => inline(
            group.map(|it| &it.inline_policies),
            5_120,
            "group",
            parameter("GroupName"),
        ),
        "PutRolePolicy" => inline(
            role.map(|it| &it.inline_policies),
            10_240,
            "role",
            parameter("RoleName"),
        ),
        "AddUserToGroup" => quota(groups_of_user(), GROUPS_PER_USER, "GroupsPerUser"),
        "CreateUser" => quota(state.users.len(), USERS, "UsersPerAccount"),
        "CreateGroup" => quota(state.groups.len(), GROUPS, "GroupsPerAccount"),
        // The embedded service keeps the membership, which a new user of this name would have.
        "DeleteUser" if groups_of_user() > 0 => Err(Fault::new(
            409,
            "DeleteConflict",
            "Cannot delete entity, must remove users from group first.",
        )),
        _ => Ok(()),
    }
}

fn exceeded(sentence: String) -> Fault {
    Fault::new(409, "LimitExceeded", sentence)
}

/// Returns the number of characters of a policy that count.
fn letters(document: &str) -> usize {
    let counted = document.chars().filter(|letter| !letter.is_whitespace());
    counted.count()
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
    use std::collections::HashMap;
    use winterbaume_iam::views::{GroupView, UserView};

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

    /// The quotas of the page above, each reached by what the account has.
    #[test]
    fn policies_and_groups_of_a_user_have_the_quotas_of_iam() {
        let attached = |number: usize| AttachedPolicyView {
            policy_name: format!("p{number}"),
            policy_arn: format!("arn:aws:iam::123456789012:policy/p{number}"),
        };
        let inline = InlinePolicyView {
            policy_name: "kept".to_owned(),
            policy_document: "x".repeat(2_000),
        };
        let user = UserView {
            name: "ann".to_owned(),
            user_id: "AIDA".to_owned(),
            account_id: "123456789012".to_owned(),
            path: "/".to_owned(),
            arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
            create_date: None,
            tags: HashMap::new(),
            attached_policies: (0..10).map(attached).collect(),
            inline_policies: vec![inline],
            permissions_boundary: None,
        };
        let group = |number: usize| GroupView {
            name: format!("g{number}"),
            group_id: "AGPA".to_owned(),
            account_id: "123456789012".to_owned(),
            path: "/".to_owned(),
            arn: format!("arn:aws:iam::123456789012:group/g{number}"),
            create_date: None,
            members: vec!["ann".to_owned()],
            attached_policies: Vec::new(),
            inline_policies: Vec::new(),
        };
        let state = IamStateView {
            users: HashMap::from([("ann".to_owned(), user)]),
            groups: (0..10).map(|n| (format!("g{n}"), group(n))).collect(),
            ..IamStateView::default()
        };
        let arn = |number: usize| attached(number).policy_arn;
        for (action, member, value, refused) in [
            ("AttachUserPolicy", "PolicyArn", arn(9), None),
            (
                "AttachUserPolicy",
                "PolicyArn",
                arn(10),
                Some("Cannot exceed quota for PoliciesPerUser: 10"),
            ),
            (
                "AddUserToGroup",
                "GroupName",
                "another".to_owned(),
                Some("Cannot exceed quota for GroupsPerUser: 10"),
            ),
            ("PutUserPolicy", "PolicyDocument", "x".repeat(48), None),
            (
                "PutUserPolicy",
                "PolicyDocument",
                "x".repeat(49),
                Some("Maximum policy size of 2048 bytes exceeded for user ann"),
            ),
            (
                "DeleteUser",
                "Ignored",
                String::new(),
                Some("Cannot delete entity, must remove users from group first."),
            ),
        ] {
            assert!(depends_on_state(action) && OPERATIONS.served(action).is_some());
            let form = form(&[("UserName", "ann".to_owned()), (member, value)]);
            let answer = check_state(action, &form, &state).err();
            let message = answer.as_ref().map(|fault| fault.message.as_str());
            assert_eq!(message, refused, "{action}");
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
