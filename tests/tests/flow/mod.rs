//! Every way through every flow that the module ships. Terraform renders the flow, a function that
//! answers by script stands behind it, and callers call until each transition was taken.

mod exchange;
mod neighbours;
mod renderer;
mod stories;
mod walk;

use std::collections::BTreeSet;

use connect_flow::{Flow, FlowKind};
use e2e::{Failure, REGION, outcomes};
use serde_json::{Map, Value, json};

use exchange::{Exchange, Fallback};
use renderer::Renderer;
use stories::Reply;

e2e::trials![
    calls_take_every_way_through_every_shipped_flow,
    every_reason_has_a_story,
    the_largest_flow_can_be_published,
];

async fn calls_take_every_way_through_every_shipped_flow() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for languages in [&["ja"][..], &["en"], &["ja", "en"]] {
        for fallback in Fallback::ALL {
            let exchange = Exchange::new(&renderer, languages, fallback).await?;
            exchange.walk().await?;
        }
    }
    Ok(())
}

/// Every answer that the function has is in one of the stories, so that it is heard.
async fn every_reason_has_a_story() -> Result<(), Failure> {
    let told: BTreeSet<String> = stories::stories()
        .iter()
        .flat_map(|story| &story.replies)
        .filter_map(|reply| match reply {
            Reply::Reason(reason) => Some((*reason).to_owned()),
            _ => None,
        })
        .collect();
    let silent: Vec<_> = outcomes::reasons()?.difference(&told).cloned().collect();
    assert!(silent.is_empty(), "no story has {silent:?}");
    Ok(())
}

/// As many languages as the module takes, most of them not shipped, each with every fallback: a
/// flow may have 250 blocks.
async fn the_largest_flow_can_be_published() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let of_others = |value: &Value| {
        let others = ["de", "fr", "pt-BR"].map(|language| (language.to_owned(), value.clone()));
        Value::Object(Map::from_iter(others))
    };
    let queue = format!("arn:aws:connect:{REGION}:123456789012:instance/i/queue/q");
    let to = json!({"queue_arn": queue});
    let content = renderer
        .render_with(
            &["ja", "en", "de", "fr", "pt-BR"],
            json!({"withheld": to, "locked": to, "trouble": to}),
            &of_others(&renderer.texts["en"]),
            &of_others(&json!({"name": "Vicki", "engine": "Neural", "language_code": "de-DE"})),
        )
        .await?;
    let flow = Flow::publish(&content, FlowKind::ContactFlow).expect("the service takes it");
    e2e::report!("the largest flow has {} blocks", flow.actions().count());
    Ok(())
}
