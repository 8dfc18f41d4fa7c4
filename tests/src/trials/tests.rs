#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Runs trials without printing, with the arguments of a command line.
fn conclude(entries: Vec<Entry>, arguments: &[&str]) -> Conclusion {
    let mut arguments = Arguments::from_iter(["scenarios"].iter().chain(arguments));
    arguments.logfile = Some("/dev/null".to_owned());
    super::conclude(entries, arguments)
}

/// The events of a group's shared state, in order. Each test has a static of its own.
type Events = Mutex<Vec<&'static str>>;

fn take(events: &Events) -> Vec<&'static str> {
    std::mem::take(&mut events.lock().unwrap())
}

/// Declares a shared state that records its events, and whose removal has the given result.
macro_rules! recording_state {
    ($state:ident, $events:ident, $removal:expr) => {
        static $events: Events = Mutex::new(Vec::new());

        struct $state;

        impl Shared for $state {
            async fn create() -> Result<Self, Failure> {
                $events.lock().unwrap().push("created");
                Ok(Self)
            }

            async fn reset(&mut self) -> Result<(), Failure> {
                $events.lock().unwrap().push("reset");
                Ok(())
            }

            async fn remove(self) -> Result<(), Failure> {
                $events.lock().unwrap().push("removed");
                $removal
            }
        }
    };
}

#[test]
fn members_share_a_state_and_fail_alone() {
    recording_state!(State, EVENTS, Ok(()));
    fn group() -> Group<State> {
        Group::new()
            .member("tests::group::good", |_| {
                Box::pin(async {
                    EVENTS.lock().unwrap().push("good");
                    Ok(())
                })
            })
            .member("tests::group::bad", |_| {
                Box::pin(async {
                    EVENTS.lock().unwrap().push("bad");
                    Err("an error".into())
                })
            })
            .member("tests::group::worse", |_| {
                Box::pin(async {
                    EVENTS.lock().unwrap().push("worse");
                    panic!("a panic")
                })
            })
            .alone("tests::group::last", |_| {
                Box::pin(async {
                    EVENTS.lock().unwrap().push("last");
                    Ok(())
                })
            })
    }

    let all = conclude(vec![group().into()], &["--test-threads", "4"]);
    assert_eq!((all.num_passed, all.num_failed), (2, 2));
    assert_eq!(
        take(&EVENTS),
        [
            "created", "good", "bad", "reset", "worse", "reset", "last", "removed"
        ]
    );

    // A member that is selected by its name gets a state of its own.
    let one = conclude(vec![group().into()], &["group::last"]);
    assert_eq!((one.num_passed, one.num_filtered_out), (1, 3));
    assert_eq!(take(&EVENTS), ["created", "last", "removed"]);

    let none = conclude(vec![group().into()], &["nothing"]);
    assert_eq!((none.num_passed, none.num_filtered_out), (0, 4));
    assert_eq!(take(&EVENTS), [""; 0]);
}

#[test]
fn a_failed_removal_fails_the_last_member() {
    recording_state!(State, EVENTS, Err("a table is left behind".into()));
    fn member(_: &mut State) -> Work<'_> {
        Box::pin(async { Ok(()) })
    }
    let group = Group::new()
        .member("tests::one", member)
        .member("tests::two", member);
    let all = conclude(vec![group.into()], &[]);
    assert_eq!((all.num_passed, all.num_failed), (1, 1));
    assert_eq!(take(&EVENTS), ["created", "removed"]);
}

#[test]
fn a_trial_that_is_alone_has_the_machine_to_itself() {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    async fn count(alone: bool) -> Result<(), Failure> {
        let others = RUNNING.fetch_add(1, Ordering::SeqCst);
        // Gives every other thread time to start.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
            if alone && RUNNING.load(Ordering::SeqCst) > 1 {
                return Err("another trial started beside one that is alone".into());
            }
        }
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        if alone && others > 0 {
            return Err("a trial that is alone started beside another one".into());
        }
        Ok(())
    }
    let trial = |n: usize| {
        let alone = n.is_multiple_of(4);
        let trial = Trial::new(&format!("tests::trial{n}"), move || Box::pin(count(alone)));
        if alone { trial.alone() } else { trial }
    };
    let trials: Vec<Trial> = (0..24).map(trial).collect();
    let all = conclude(vec![trials.into()], &["--test-threads", "8"]);
    assert_eq!((all.num_passed, all.num_failed), (24, 0));
}

#[test]
fn a_failure_shows_the_report_and_the_causes() {
    let outcome = RUNTIME.block_on(attempt(
        "trial",
        Box::pin(async {
            crate::report!("load: {} calls", 3);
            let cause = std::io::Error::other("the disk is full");
            Err(Failure::from(local_toolchain::Error::Io {
                action: "write",
                path: "/x".into(),
                source: cause,
            }))
        }),
    ));
    let failed = outcome.into_result(false).unwrap_err();
    let message = failed.message().unwrap();
    assert!(message.starts_with("load: 3 calls\ntook "), "{message}");
    assert!(
        message.ends_with("cannot write /x\n  because: the disk is full"),
        "{message}"
    );
}
