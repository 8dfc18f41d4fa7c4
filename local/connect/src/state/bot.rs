//! Amazon Lex bots that an instance may use.

use local_wire::Fault;
use serde::{Deserialize, Serialize};

use super::{Instance, no_such};

/// `LexBotConfig`: a bot of Amazon Lex, or an alias of one of Amazon Lex V2. Neither has to exist, since
/// bots exist only in the script of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Bot {
    #[serde(rename = "LexBot")]
    V1(LexBot),
    #[serde(rename = "LexV2Bot")]
    V2(LexV2Bot),
}

/// `LexBot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LexBot {
    pub(crate) name: String,
    pub(crate) lex_region: String,
}

/// `LexV2Bot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LexV2Bot {
    pub(crate) alias_arn: String,
}

impl Bot {
    /// Returns the version, the kind in a message, and the most in an instance: the defaults of the
    /// administrator guide, "Amazon Connect service quotas".
    fn kind(&self) -> (&'static str, &'static str, usize) {
        match self {
            Self::V1(_) => ("V1", "Amazon Lex bots", 70),
            Self::V2(_) => ("V2", "Amazon Lex V2 bot aliases", 100),
        }
    }

    /// Returns the version as ListBots names it.
    pub(crate) fn version(&self) -> &'static str {
        self.kind().0
    }

    fn title(&self) -> &str {
        match self {
            Self::V1(bot) => &bot.name,
            Self::V2(bot) => &bot.alias_arn,
        }
    }
}

impl Instance {
    /// Associates a bot.
    ///
    /// # Errors
    /// If it is already associated, or if the quota of its kind is reached.
    pub(crate) fn associate_bot(&mut self, bot: Bot) -> Result<(), Fault> {
        if self.bots.contains(&bot) {
            return Err(Fault::new(
                409,
                "ResourceConflictException",
                format!("{} is already associated with the instance.", bot.title()),
            ));
        }
        let (version, kind, quota) = bot.kind();
        let known = self.bots.iter().filter(|one| one.version() == version);
        if known.count() >= quota {
            return Err(Fault::new(
                402,
                "ServiceQuotaExceededException",
                format!("The instance must have at most {quota} {kind}, its quota."),
            ));
        }
        self.bots.push(bot);
        Ok(())
    }

    /// Removes the association of a bot.
    pub(crate) fn disassociate_bot(&mut self, bot: &Bot) -> Result<(), Fault> {
        let known = self.bots.len();
        self.bots.retain(|one| one != bot);
        match self.bots.len() < known {
            true => Ok(()),
            false => Err(no_such("Association", bot.title())),
        }
    }
}
