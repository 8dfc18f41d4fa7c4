//! The cost of tests, as a multiple of the calls that they play.
//!
//! Processor time of a thread is compared with processor time of the same thread, so that neither the speed of
//! the machine nor its other work counts. Every answer is there at once, so nothing leaves the thread.

use e2e::Failure;
use local_connect::TestRequest;
use rustix::time::{ClockId, clock_gettime};

use super::cases::cases;
use super::{enter, shipped};
use crate::flow::renderer::Renderer;
use crate::flow::setup::{Fallback, FlowSetup};
use crate::flow::stories::{Conversation, Story};

e2e::trials![a_thousand_shipped_tests_cost_little_more_than_their_calls];

/// The runs of each of the twelve tests of a plain line: 1,008 altogether.
const ROUNDS: usize = 84;

/// The most that a test may cost, as a multiple of its call alone.
const MOST: f64 = 4.0;

/// The most that the second half may cost, as a multiple of the first half.
const MOST_GROWTH: f64 = 1.5;

/// A thousand tests of the shipped ones must take less than ten seconds. A call takes well below a millisecond
/// (`docs/performance.md`), and the multiple holds the rest: reading the content, the observations, and the
/// report with the branches that were taken.
async fn a_thousand_shipped_tests_cost_little_more_than_their_calls() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let setup = FlowSetup::new(&renderer, &["ja"], Fallback::None).await?;
    let stories: Vec<Story> = cases().into_iter().map(|case| case.story).collect();
    let tests: Vec<TestRequest> = cases()
        .iter()
        .map(|case| test(&setup, &case.file_name()))
        .collect();
    // The first of each fills the caches.
    call(&setup, &stories).await?;
    run(&setup, &tests).await?;

    let mut calls = 0.0;
    let mut halves = [0.0; 2];
    for round in 0..ROUNDS {
        let began = thread_seconds();
        call(&setup, &stories).await?;
        let called = thread_seconds();
        run(&setup, &tests).await?;
        calls += called - began;
        halves[round * 2 / ROUNDS] += thread_seconds() - called;
    }
    let [first, second] = halves;
    let (multiple, growth) = ((first + second) / calls, second / first);
    e2e::report!(
        "{} shipped tests take {:.2} s of processor time, {multiple:.2} times their calls",
        ROUNDS * tests.len(),
        first + second
    );
    assert!(
        multiple <= MOST,
        "a test must cost at most {MOST} times its call, was {multiple:.2} times"
    );
    assert!(
        growth <= MOST_GROWTH,
        "the second half of the tests must cost at most {MOST_GROWTH} times the first, was {growth:.2} times"
    );
    Ok(())
}

/// Returns the shipped test as `connect-local test` runs it.
fn test(setup: &FlowSetup<'_>, name: &str) -> TestRequest {
    let mut request = shipped("ja", name);
    enter(&mut request, &setup.flow);
    let text = |member: &str| request[member].as_str().map(str::to_owned);
    TestRequest {
        content: text("Content").unwrap_or_default(),
        initialization_data: text("InitializationData"),
        entry_point: Some(request["EntryPoint"].clone()),
        strict: true,
    }
}

async fn call(setup: &FlowSetup<'_>, stories: &[Story]) -> Result<(), Failure> {
    for story in stories {
        let conversation = Conversation {
            story: story.clone(),
            choice: None,
            closed: false,
        };
        let call = setup.call(&conversation, &[]).await?;
        assert_eq!(call.heard().len(), story.heard.len(), "{story:?}");
    }
    Ok(())
}

async fn run(setup: &FlowSetup<'_>, tests: &[TestRequest]) -> Result<(), Failure> {
    for test in tests {
        let judged = setup.connect.judge_test(test).await?;
        assert!(judged.passed(), "{judged:#?}");
    }
    Ok(())
}

/// Returns the processor time of this thread in seconds.
fn thread_seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
