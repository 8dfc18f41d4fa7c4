//! Throughput of the flow engine alone.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use connect_flow::{
    Contact, Ending, Endpoint, Execution, Flow, FlowKind, Input, Key, LoadedFlow, Output,
};
use time::OffsetDateTime;

use super::{Effort, PIN, Throughput, function, thread_time};
use crate::statistics::Summary;

/// The length of a prompt. The engine has its own clock, so it costs no time.
const SPOKEN: Duration = Duration::from_secs(2);
const BETWEEN_KEYS: Duration = Duration::from_millis(300);

pub(super) fn throughput(content: &str, effort: &Effort) -> anyhow::Result<Vec<Throughput>> {
    let flow = publish(content)?;
    let keys = keys()?;
    effort
        .calls
        .iter()
        .map(|&calls| {
            let mut rates = Vec::with_capacity(effort.repetitions);
            for _ in 0..effort.repetitions {
                let started = thread_time();
                for _ in 0..calls {
                    call(&flow, &keys)?;
                }
                rates.push(calls as f64 / (thread_time() - started));
            }
            Ok(Throughput {
                calls,
                per_second: Summary::of(rates)?,
            })
        })
        .collect()
}

fn publish(content: &str) -> anyhow::Result<LoadedFlow> {
    let flow = Flow::publish(content, FlowKind::ContactFlow).map_err(|problems| {
        let sentences: Vec<_> = problems
            .into_iter()
            .map(|problem| problem.message)
            .collect();
        anyhow::anyhow!("the flow cannot be published: {}", sentences.join("; "))
    })?;
    Ok(LoadedFlow {
        id: "line".to_owned(),
        arn: "arn:aws:connect:ap-northeast-1:000000000000:instance/i/contact-flow/line".to_owned(),
        name: "line".to_owned(),
        kind: FlowKind::ContactFlow,
        flow,
    })
}

fn keys() -> anyhow::Result<Vec<Key>> {
    local_connect::keys(&format!("{PIN}#"))
        .map_err(|symbol| anyhow::anyhow!("'{symbol}' is not a key of a phone"))
}

/// A call of a member who keys the PIN and hears that the message was sent.
fn call(flow: &LoadedFlow, keys: &[Key]) -> anyhow::Result<()> {
    let contact = Contact::inbound(
        "00000000-0000-4000-8000-000000000001",
        "arn:aws:connect:ap-northeast-1:000000000000:instance/i",
        "ap-northeast-1",
        Some(Endpoint::telephone("+819012345678")),
        Endpoint::telephone("+815000000001"),
    );
    let mut call = Execution::new(contact, flow.clone(), OffsetDateTime::UNIX_EPOCH);
    let mut left = keys.iter();
    let mut answers = 0;
    let mut output = call.resume(Input::Start);
    loop {
        // A driver takes both after every step, because they would grow otherwise.
        drop((call.take_trace(), call.take_log()));
        let input = match output {
            Output::Ended(Ending::Disconnected) => break,
            Output::Ended(ending) => bail!("the call ended with {ending:?}"),
            Output::Play(_) => Input::Played { took: SPOKEN },
            Output::AwaitKey { .. } => Input::KeyPressed {
                key: *left
                    .next()
                    .context("the line must wait for the keys of one PIN only")?,
                after: BETWEEN_KEYS,
            },
            Output::InvokeFunction(invocation) => {
                answers += 1;
                Input::FunctionAnswered {
                    answer: Ok(function::answer(&invocation.event).to_vec()),
                    took: Duration::from_millis(5),
                }
            }
            other => {
                bail!("the flow must play, wait for keys, invoke or end, but requested {other:?}")
            }
        };
        output = call.resume(input);
    }
    ensure!(
        answers == 2 && left.next().is_none(),
        "the call must invoke the function twice and use all keys"
    );
    Ok(())
}
