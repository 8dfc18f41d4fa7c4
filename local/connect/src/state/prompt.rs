//! Prompts: recordings that flows play.

use local_wire::Fault;

use super::{Identity, Instance, Kind, Resource, Tags, identified};

/// A recording. Calls here name it in their transcript; its sound is not kept.
#[derive(Debug, Clone)]
pub(crate) struct PromptRecord {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
}

identified!(PromptRecord);

impl Resource for PromptRecord {
    const KIND: Kind = Kind {
        arn: "prompt",
        title: "Prompt",
        one: "A prompt",
        many: "prompts",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 500,
    };
}

/// The prompts of a new instance, as listed on the service (aws-samples' rules engine for Amazon Connect
/// has a recorded list; the provider's acceptance test reads the first one).
const DEFAULT_PROMPTS: [&str; 7] = [
    "Beep.wav",
    "CustomerHold.wav",
    "CustomerQueue.wav",
    "Music_Jazz_MyTimetoFly_Inst.wav",
    "Music_Pop_ThisAndThatIsLife_Inst.wav",
    "Music_Pop_ThrowYourselfInFrontOfIt_Inst.wav",
    "Music_Rock_EverywhereTheSunShines_Inst.wav",
];

impl Instance {
    /// Creates the prompts of a new instance.
    pub(super) fn create_default_prompts(&mut self) -> Result<(), Fault> {
        for name in DEFAULT_PROMPTS {
            self.prompts
                .create(&self.arn, name.into(), Tags::new(), |identity| {
                    PromptRecord {
                        identity,
                        description: None,
                    }
                })?;
        }
        Ok(())
    }
}
