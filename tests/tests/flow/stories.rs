//! The conversations between callers and the line.

use local_connect::CallerId;

use crate::flow::shipped::cases::cases;

pub(crate) const CALLER: &str = "+819012345678";
pub(crate) const PIN: &str = "0042";

/// The function's answer to an invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reply {
    Member,
    Stranger,
    Sent,
    Reason(&'static str),
    Crash,
}

/// A caller's action.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Press(&'static str),
    Silence,
}

use Reply::{Crash, Member, Reason, Sent};
use Step::{Press, Silence};

pub(crate) const KEY_IN: Step = Press("0042#");

/// A call: the caller and their actions, the function's answers, and the names of the sentences heard.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) caller: CallerId,
    pub(crate) steps: Vec<Step>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) heard: Vec<&'static str>,
}

impl Story {
    pub(crate) fn new(steps: &[Step], replies: &[Reply], heard: &[&'static str]) -> Self {
        Self {
            caller: CallerId::Number(CALLER.to_owned()),
            steps: steps.to_vec(),
            replies: replies.to_vec(),
            heard: heard.to_vec(),
        }
    }

    pub(crate) fn from(self, caller: CallerId) -> Self {
        Self { caller, ..self }
    }
}

/// Returns every conversation: those of the shipped tests, and those that have none. All languages have the
/// same ones.
pub(crate) fn stories() -> Vec<Story> {
    let shipped = cases().into_iter().map(|case| case.story);
    shipped.chain(further()).collect()
}

/// Returns the conversations that have no shipped test.
fn further() -> Vec<Story> {
    let wrong = Reason("PIN_NOT_FOUND");
    let mut stories = vec![
        Story::new(&[], &[], &["withheld"]).from(CallerId::Anonymous("anonymous".to_owned())),
        Story::new(&[KEY_IN], &[Member, Crash], &["ask_pin", "trouble"]),
        // Silence and wrong PINs are counted separately.
        Story::new(
            &[KEY_IN, Silence, KEY_IN, Silence, KEY_IN],
            &[Member, wrong, wrong, Sent],
            &[
                "ask_pin",
                "wrong_pin_again",
                "no_key_again",
                "wrong_pin_again",
                "no_key_again",
                "sent",
            ],
        ),
        // Keys pressed while the second prompt plays answer that prompt.
        Story::new(
            &[Press("0000#0042#")],
            &[Member, wrong, Sent],
            &["ask_pin", "wrong_pin_again", "sent"],
        ),
        // An empty entry repeats the question that it answered, and costs no attempt.
        Story::new(
            &[Press("#"), KEY_IN],
            &[Member, Sent],
            &["ask_pin", "ask_pin", "sent"],
        ),
        Story::new(
            &[Press("4#"), Press("#"), KEY_IN],
            &[Member, Reason("PIN_TOO_SHORT"), Sent],
            &["ask_pin", "short_pin_again", "short_pin_again", "sent"],
        ),
        Story::new(
            &[Silence, Press("#"), KEY_IN],
            &[Member, Sent],
            &["ask_pin", "no_key_again", "no_key_again", "sent"],
        ),
        Story::new(
            &[KEY_IN, Press("#"), KEY_IN, Press("#"), KEY_IN],
            &[Member, wrong, wrong, Sent],
            &[
                "ask_pin",
                "wrong_pin_again",
                "wrong_pin_again",
                "wrong_pin_again",
                "wrong_pin_again",
                "sent",
            ],
        ),
        // The longest PIN is complete without #, so a # after it answers the next prompt.
        Story::new(
            &[Press("00000000#"), Press("00004242")],
            &[Member, wrong, Sent],
            &["ask_pin", "wrong_pin_again", "wrong_pin_again", "sent"],
        ),
        Story::new(
            &[Press("####")],
            &[Member],
            &["ask_pin", "ask_pin", "ask_pin", "ask_pin", "no_key"],
        ),
        Story::new(
            &[KEY_IN, Press("####")],
            &[Member, wrong],
            &[
                "ask_pin",
                "wrong_pin_again",
                "wrong_pin_again",
                "wrong_pin_again",
                "wrong_pin_again",
                "no_key",
            ],
        ),
    ];
    for reason in ["PIN_INVALID", "NOT_A_MEMBER", "CALLER_UNKNOWN"] {
        stories.push(Story::new(
            &[KEY_IN; 2],
            &[Member, Reason(reason), Sent],
            &["ask_pin", "wrong_pin_again", "sent"],
        ));
    }
    // The last attempt ends the call with the same sentence for each of these reasons.
    for (reason, again) in [
        ("PIN_INVALID", "wrong_pin_again"),
        ("PIN_TOO_SHORT", "short_pin_again"),
        ("NOT_A_MEMBER", "wrong_pin_again"),
        ("CALLER_UNKNOWN", "wrong_pin_again"),
    ] {
        stories.push(Story::new(
            &[KEY_IN; 3],
            &[Member, Reason(reason), Reason(reason), Reason(reason)],
            &["ask_pin", again, again, "wrong_pin"],
        ));
    }
    for (reason, heard) in [
        ("CAMPAIGN_NOT_STARTED", "campaign_over"),
        ("CAMPAIGN_EXPIRED", "campaign_over"),
        ("CAMPAIGN_EXHAUSTED", "campaign_over"),
        ("ALREADY_REDEEMED", "campaign_over"),
        ("SMS_LIMIT", "not_sent"),
        ("SMS_TOO_LONG", "not_sent"),
        ("SMS_REFUSED", "not_sent"),
        ("CAMPAIGN_INVALID", "trouble"),
        ("SMS_FAILED", "trouble"),
        ("BUSY", "trouble"),
        ("A_REASON_OF_TOMORROW", "trouble"),
    ] {
        stories.push(Story::new(
            &[KEY_IN],
            &[Member, Reason(reason)],
            &["ask_pin", heard],
        ));
    }
    stories
}

/// A story on one line.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) story: Story,
    /// The step that chooses the language, if the line has a menu.
    pub(crate) choice: Option<Step>,
    /// Whether the fallback is closed for callers.
    pub(crate) closed: bool,
}
