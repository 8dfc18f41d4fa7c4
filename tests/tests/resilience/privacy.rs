//! No log, metric or contact attribute holds what a caller keyed in or called from.

use e2e::Failure;

use crate::world::World;

pub(crate) async fn no_log_holds_a_pin_or_a_number(world: &World) -> Result<(), Failure> {
    let groups = world.logs.describe_log_groups().send().await?;
    let mut text = String::new();
    let mut names = Vec::new();
    for group in groups.log_groups() {
        let Some(name) = group.log_group_name() else {
            continue;
        };
        names.push(name.to_owned());
        let mut pages = world
            .logs
            .filter_log_events()
            .log_group_name(name)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for event in page?.events() {
                text.push_str(event.message().unwrap_or_default());
                text.push('\n');
            }
        }
    }
    assert!(
        names.contains(&world.outputs.flow_log_group_name),
        "{names:?}"
    );
    assert!(
        names.contains(&world.outputs.function_log_group_name),
        "{names:?}"
    );
    assert!(text.contains("_aws"), "the metrics are searched too");

    // Ids of contacts and requests are random; a PIN of four digits may stand in one by chance.
    let mut secrets = world.secrets();
    secrets.sort();
    secrets.dedup();
    for secret in secrets.iter().filter(|secret| secret.len() >= 8) {
        assert!(!text.contains(secret.as_str()), "a log holds {secret}");
    }
    Ok(())
}
