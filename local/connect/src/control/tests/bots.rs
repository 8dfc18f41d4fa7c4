//! Amazon Lex bots that an instance may use.

use super::*;

const ALIAS: &str = "arn:aws:lex:ap-northeast-1:123456789012:bot-alias/ABCDEFGHIJ/TSTALIASID";

fn v1(name: &str) -> Value {
    json!({"LexBot": {"Name": name, "LexRegion": "us-east-1"}})
}

fn v2() -> Value {
    json!({"LexV2Bot": {"AliasArn": ALIAS}})
}

fn listed(account: &Account, instance: &str, version: &str) -> Value {
    let path = format!("/instance/{instance}/bots?lexVersion={version}&maxResults=25");
    account.ok(Method::GET, &path, Value::Null)["LexBots"].clone()
}

/// The provider's aws_connect_bot_association finds its bot by name and Region in ListBots of version V1.
#[test]
fn bots_of_both_versions_are_associated_listed_and_disassociated() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/instance/{instance}/bot");
    account.ok(Method::PUT, &path, v1("flowers"));
    account.ok(Method::PUT, &path, v2());
    assert_eq!(listed(&account, &instance, "V1"), json!([v1("flowers")]));
    assert_eq!(listed(&account, &instance, "V2"), json!([v2()]));
    for bot in [v1("flowers"), v2()] {
        assert_eq!(
            account.refused(Method::PUT, &path, bot.clone()),
            error(409, "ResourceConflictException")
        );
        account.ok(Method::POST, &path, bot.clone());
        assert_eq!(
            account.refused(Method::POST, &path, bot),
            error(404, "ResourceNotFoundException")
        );
    }
    assert_eq!(listed(&account, &instance, "V1"), json!([]));
    assert_eq!(listed(&account, &instance, "V2"), json!([]));
}

/// API reference: AssociateLexBot, DisassociateLexBot and ListLexBots are the same for version 1 alone.
#[test]
fn the_older_operations_have_the_bots_of_version_one() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/instance/{instance}/lex-bot");
    account.ok(Method::PUT, &path, v1("flowers"));
    account.ok(Method::PUT, &format!("/instance/{instance}/bot"), v2());
    assert_eq!(listed(&account, &instance, "V1"), json!([v1("flowers")]));
    let older = account.ok(
        Method::GET,
        &format!("/instance/{instance}/lex-bots"),
        Value::Null,
    );
    assert_eq!(
        older["LexBots"],
        json!([{"Name": "flowers", "LexRegion": "us-east-1"}])
    );
    let path = format!("{path}?botName=flowers&lexRegion=us-east-1");
    account.ok(Method::DELETE, &path, Value::Null);
    assert_eq!(listed(&account, &instance, "V1"), json!([]));
}

/// API reference, LexBotConfig: a bot of one of the two versions.
#[test]
fn a_request_names_one_bot() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/instance/{instance}/bot");
    let mut both = v1("flowers");
    both["LexV2Bot"] = v2()["LexV2Bot"].clone();
    let bot = "arn:aws:lex:ap-northeast-1:123456789012:bot/ABCDEFGHIJ";
    for body in [
        json!({}),
        both,
        json!({"LexV2Bot": {}}),
        json!({"LexV2Bot": {"AliasArn": bot}}),
    ] {
        assert_eq!(
            account.refused(Method::PUT, &path, body.clone()),
            error(400, "InvalidRequestException"),
            "{body}"
        );
    }
}

/// SDKs send a token with each request, and repeat the request when the response is lost.
#[test]
fn a_repeated_client_token_associates_a_bot_once() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/instance/{instance}/bot");
    let mut body = v1("flowers");
    body["ClientToken"] = "t".into();
    account.ok(Method::PUT, &path, body.clone());
    account.ok(Method::PUT, &path, body);
    assert_eq!(listed(&account, &instance, "V1"), json!([v1("flowers")]));
}

/// Administrator guide, "Amazon Connect service quotas": 70 bots of Amazon Lex, 100 aliases of V2.
#[test]
fn an_instance_has_as_many_bots_as_its_quotas_allow() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/instance/{instance}/bot");
    let alias = |number: usize| json!({"LexV2Bot": {"AliasArn": format!("{ALIAS}{number}")}});
    let quota = error(402, "ServiceQuotaExceededException");
    for number in 0..70 {
        account.ok(Method::PUT, &path, v1(&format!("b{number}")));
    }
    assert_eq!(account.refused(Method::PUT, &path, v1("more")), quota);
    for number in 0..100 {
        account.ok(Method::PUT, &path, alias(number));
    }
    assert_eq!(account.refused(Method::PUT, &path, alias(100)), quota);
}
