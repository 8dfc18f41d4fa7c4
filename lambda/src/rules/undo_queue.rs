//! Moves of tallies that have to be undone and could not be: DynamoDB did not answer. They are kept by
//! the running function, and its next tries undo them.

use std::sync::{Mutex, PoisonError};

use crate::rules::attempts::TallyOf;
use crate::rules::cause::Cause;
use crate::rules::counter::{Move, Step};
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::line::in_time;
use crate::rules::ports::AttemptLedger;

/// The most moves that a running function keeps. When the table has not answered for so many, those that come
/// after them stay as they are.
const MOST: usize = 64;

/// The most moves that one try undoes: the count and the mark of one redemption.
const AT_ONCE: usize = 2;

/// Moves that a running function has yet to undo.
#[derive(Debug, Default)]
pub struct Unsettled {
    moves: Mutex<Vec<Undoing>>,
}

/// A move that has to be undone. Its lane must take no later step of the same tally: that would make
/// the undoing too late.
#[derive(Clone, Debug)]
pub(crate) struct Undoing {
    pub(crate) of: TallyOf,
    pub(crate) change: Move,
    pub(crate) step: Step,
}

impl Undoing {
    /// Asks the ledger to undo the move.
    pub(crate) async fn ask(
        &self,
        ledger: &impl AttemptLedger,
        invocation: &Invocation,
    ) -> Result<(), Cause> {
        let undo = ledger.undo(&self.of, &self.change, &self.step);
        in_time(invocation, Dependency::Attempts, undo).await
    }
}

impl Unsettled {
    /// The number of moves that are yet to be undone.
    pub fn count(&self) -> usize {
        self.moves().len()
    }

    /// Keeps a move until it is undone. Says whether there was room for it.
    pub(crate) fn keep(&self, undoing: Undoing) -> bool {
        let mut moves = self.moves();
        let has_room = moves.len() < MOST;
        if has_room {
            moves.push(undoing);
        }
        has_room
    }

    /// Undoes some of what is kept, the oldest first. What cannot be undone now is kept on.
    pub(crate) async fn settle(&self, ledger: &impl AttemptLedger, invocation: &Invocation) {
        let (first, second) = {
            let mut moves = self.moves();
            let due = moves.len().min(AT_ONCE);
            let mut due = moves.drain(..due);
            (due.next(), due.next())
        };
        let try_one = async |undoing: Option<Undoing>| {
            let undoing = undoing?;
            let undone = undoing.ask(ledger, invocation).await;
            undone.is_err().then_some(undoing)
        };
        let (first, second) = tokio::join!(try_one(first), try_one(second));
        self.moves().extend([first, second].into_iter().flatten());
    }

    fn moves(&self) -> std::sync::MutexGuard<'_, Vec<Undoing>> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
