#![allow(clippy::unwrap_used, reason = "a test says what it expects")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Runs without printing; `words` are those of the command line.
fn conclude(entries: Vec<Entry>, words: &[&str]) -> Conclusion {
    let mut arguments = Arguments::from_iter(["scenarios"].iter().chain(words));
    arguments.logfile = Some("/dev/null".to_owned());
    super::conclude(entries, arguments)
}

/// What happened to a world, of which each test has a kind of its own.
type Story = Mutex<Vec<&'static str>>;

fn told(story: &Story) -> Vec<&'static str> {
    std::mem::take(&mut story.lock().unwrap())
}

macro_rules! world {
    ($world:ident, $story:ident, $end:expr) => {
        static $story: Story = Mutex::new(Vec::new());

        struct $world;

        impl Shared for $world {
            async fn make() -> Result<Self, Failure> {
                $story.lock().unwrap().push("made");
                Ok(Self)
            }

            async fn reset(&mut self) -> Result<(), Failure> {
                $story.lock().unwrap().push("reset");
                Ok(())
            }

            async fn end(self) -> Result<(), Failure> {
                $story.lock().unwrap().push("ended");
                $end
            }
        }
    };
}

#[test]
fn members_share_a_world_and_fail_alone() {
    world!(SharedWorld, STORY, Ok(()));
    fn group() -> Group<SharedWorld> {
        Group::new()
            .member("tests::group::good", |_| {
                Box::pin(async {
                    STORY.lock().unwrap().push("good");
                    Ok(())
                })
            })
            .member("tests::group::bad", |_| {
                Box::pin(async {
                    STORY.lock().unwrap().push("bad");
                    Err("it is bad".into())
                })
            })
            .member("tests::group::worse", |_| {
                Box::pin(async {
                    STORY.lock().unwrap().push("worse");
                    panic!("it is worse")
                })
            })
            .alone("tests::group::last", |_| {
                Box::pin(async {
                    STORY.lock().unwrap().push("last");
                    Ok(())
                })
            })
    }

    let all = conclude(vec![group().into()], &["--test-threads", "4"]);
    assert_eq!((all.num_passed, all.num_failed), (2, 2));
    assert_eq!(
        told(&STORY),
        [
            "made", "good", "bad", "reset", "worse", "reset", "last", "ended"
        ]
    );

    // One by its name has a world of its own.
    let one = conclude(vec![group().into()], &["group::last"]);
    assert_eq!((one.num_passed, one.num_filtered_out), (1, 3));
    assert_eq!(told(&STORY), ["made", "last", "ended"]);

    let none = conclude(vec![group().into()], &["nothing"]);
    assert_eq!((none.num_passed, none.num_filtered_out), (0, 4));
    assert_eq!(told(&STORY), [""; 0]);
}

#[test]
fn what_is_left_behind_fails_the_last_member() {
    world!(SharedWorld, STORY, Err("something is left behind".into()));
    fn member(_: &mut SharedWorld) -> Work<'_> {
        Box::pin(async { Ok(()) })
    }
    let group = Group::new()
        .member("tests::one", member)
        .member("tests::two", member);
    let all = conclude(vec![group.into()], &[]);
    assert_eq!((all.num_passed, all.num_failed), (1, 1));
    assert_eq!(told(&STORY), ["made", "ended"]);
}

#[test]
fn whoever_is_alone_has_the_machine_for_itself() {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    async fn count(alone: bool) -> Result<(), Failure> {
        let others = RUNNING.fetch_add(1, Ordering::SeqCst);
        // Gives every other thread the time to begin.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
            if alone && RUNNING.load(Ordering::SeqCst) > 1 {
                return Err("it is not alone".into());
            }
        }
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        if alone && others > 0 {
            return Err("it was not alone".into());
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
fn a_failure_says_what_was_written_down_and_why() {
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
    let said = outcome.told(false).unwrap_err();
    let said = said.message().unwrap();
    assert!(said.starts_with("load: 3 calls\ntook "), "{said}");
    assert!(
        said.ends_with("cannot write /x\n  because: the disk is full"),
        "{said}"
    );
}
