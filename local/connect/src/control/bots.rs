//! Amazon Lex bots that an instance may use.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{Bot, LexBot, LexV2Bot};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("AssociateBot", "/instance/{InstanceId}/bot", Now(associate_bot)),
    post("DisassociateBot", "/instance/{InstanceId}/bot", Now(disassociate_bot)),
    get("ListBots", "/instance/{InstanceId}/bots", Now(list_bots)),
    put("AssociateLexBot", "/instance/{InstanceId}/lex-bot", Now(associate_lex_bot)),
    delete("DisassociateLexBot", "/instance/{InstanceId}/lex-bot", Now(disassociate_lex_bot)),
    get("ListLexBots", "/instance/{InstanceId}/lex-bots", Now(list_lex_bots)),
];

/// The bot in a request, and the token of the request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BotInput {
    lex_bot: Option<LexBot>,
    #[serde(rename = "LexV2Bot")]
    lex_v2_bot: Option<LexV2BotInput>,
    client_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LexV2BotInput {
    alias_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BotList<T> {
    lex_bots: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl ControlRequest<'_> {
    /// Returns the bot, of one of the two versions, that the members name.
    fn bot(&self, lex_bot: Option<LexBot>, v2: Option<LexV2BotInput>) -> Result<Bot, Fault> {
        match (lex_bot, v2.and_then(|bot| bot.alias_arn)) {
            (Some(bot), None) => Ok(Bot::V1(bot)),
            (None, Some(alias_arn)) if is_bot_alias(&alias_arn) => {
                Ok(Bot::V2(LexV2Bot { alias_arn }))
            }
            (None, Some(given)) => Err(self.invalid(format!(
                "AliasArn must be the ARN of a bot alias of Amazon Lex V2, but was '{given}'."
            ))),
            _ => Err(self.invalid("Either LexBot or LexV2Bot must be given.")),
        }
    }

    /// Associates a bot, once for a token.
    fn associate_bot(
        &self,
        service: &ConnectService,
        operation: &'static str,
        (bot, token): (Bot, Option<String>),
    ) -> Outcome {
        let token = token.as_deref();
        let mut state = service.state();
        let earlier = self.earlier(&state, operation, token)?;
        let instance = self.instance_mut(&mut state)?;
        if earlier.is_some() && instance.bots.contains(&bot) {
            return done();
        }
        instance.associate_bot(bot)?;
        self.record(&mut state, operation, token, "associated");
        done()
    }

    fn disassociate_bot(&self, service: &ConnectService, bot: &Bot) -> Outcome {
        let mut state = service.state();
        self.instance_mut(&mut state)?.disassociate_bot(bot)?;
        done()
    }
}

/// Reports whether a text is like `arn:aws:lex:us-east-1:123456789012:bot-alias/BOTID/ALIASID`.
fn is_bot_alias(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next(), parts.nth(2));
    let resource = resource.and_then(|resource| resource.strip_prefix("bot-alias/"));
    service == Some("lex") && resource.is_some_and(|ids| ids.split('/').count() == 2)
}

fn associate_bot(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: BotInput = request.input()?;
    let bot = request.bot(input.lex_bot, input.lex_v2_bot)?;
    request.associate_bot(service, "AssociateBot", (bot, input.client_token))
}

fn disassociate_bot(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: BotInput = request.input()?;
    let bot = request.bot(input.lex_bot, input.lex_v2_bot)?;
    request.disassociate_bot(service, &bot)
}

fn list_bots(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let version = request.query("lexVersion").unwrap_or_default();
    let page = request.query_page(25)?;
    let state = service.state();
    let bots = request.instance(&state)?.bots.iter();
    let (lex_bots, next_token) = page.cut(bots.filter(|bot| bot.version() == version));
    reply(&BotList {
        lex_bots,
        next_token,
    })
}

fn associate_lex_bot(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: BotInput = request.input()?;
    let bot = request.bot(input.lex_bot, None)?;
    request.associate_bot(service, "AssociateLexBot", (bot, input.client_token))
}

fn disassociate_lex_bot(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let bot = Bot::V1(LexBot {
        name: request.query("botName").unwrap_or_default(),
        lex_region: request.query("lexRegion").unwrap_or_default(),
    });
    request.disassociate_bot(service, &bot)
}

/// Lists the bots of version 1, without the member around each of ListBots.
fn list_lex_bots(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(10)?;
    let state = service.state();
    let bots = request.instance(&state)?.bots.iter();
    let (lex_bots, next_token) = page.cut(bots.filter_map(|bot| match bot {
        Bot::V1(bot) => Some(bot),
        Bot::V2(_) => None,
    }));
    reply(&BotList {
        lex_bots,
        next_token,
    })
}
