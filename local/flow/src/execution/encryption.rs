//! Encrypted input of GetParticipantInput.

use super::pending::Pending;
use super::{Execution, Step};
use crate::action::{Block, InputEncryption};
use crate::{Output, PlainInput};

impl Execution {
    /// Requests the encryption of an input, which is stored only after it.
    pub(super) fn encrypt(&mut self, encryption: &InputEncryption, text: String) -> Step {
        let key_id = self.needed(&encryption.key_id);
        let certificate = self.needed(&encryption.certificate);
        match (key_id, certificate) {
            (Some(key_id), Some(certificate)) => {
                let input = PlainInput {
                    text,
                    key_id,
                    certificate,
                };
                Step::Ask(Output::Encrypt(input), Pending::Encryption)
            }
            _ => self.fail("the encryption must have a key id and a certificate"),
        }
    }

    /// Stores the encrypted input. The log has it as well, since it has what the block stores; that
    /// is an assumption.
    pub(super) fn encrypted(&mut self, encrypted: Result<String, String>) -> Step {
        match encrypted {
            Ok(text) => self.with_action(|this, action| {
                if let Block::StoreInput(spec) = &action.block {
                    this.log_store(action, spec, Some(&text));
                }
                this.scope.stored_input = Some(text);
                Step::Done
            }),
            Err(reason) => self.fail(reason),
        }
    }
}
