//! The deployed line, its rows, and the secrets of all scenarios: PINs and phone numbers.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use e2e::trials::Shared;
use e2e::{Failure, TestLine};
use local_account::{Caller, Effect, FaultRule, RequestRecord};
use local_connect::{CallEvent, CallerId};
use local_harness::Outputs;
use serde_json::{Value, json};

use crate::resilience::leaks::{self, Search, Source, digits_of};
use crate::resilience::phone::Phone;
use crate::resilience::privacy;

pub(crate) const WRONG_AGAIN: &str =
    "暗証番号が正しくありません。もう一度、暗証番号を入力し、最後にシャープを押して下さい";
pub(crate) const WRONG: &str = "暗証番号が正しくありません。お確かめの上、もう一度おかけ直し下さい";
pub(crate) const LOCKED: &str = "申し訳ございません。ただいま、暗証番号の受け付けを一時的に制限しております。しばらくしてから、おかけ直し下さい";
pub(crate) const OVER: &str =
    "申し訳ございません。こちらのキャンペーンは、現在ご利用いただけません";
pub(crate) const NOT_SENT: &str = "申し訳ございません。メールをお送りできませんでした";
pub(crate) const SENT: &str = "メールをご確認下さい";
pub(crate) const TROUBLE: &str =
    "申し訳ございません。ただいまご案内できません。しばらくしてから、おかけ直し下さい";
pub(crate) const NOT_A_MEMBER: &str = "ご利用の電話は、会員登録されていません";

/// The numbers of attempts in a caller's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallerDay {
    /// Attempts that count as wrong PINs.
    pub(crate) wrong: usize,
    /// Attempts that count as messages.
    pub(crate) claims: usize,
    /// Attempts whose message was sent.
    pub(crate) sent: usize,
    /// Attempts that were not closed.
    pub(crate) open: usize,
}

/// The contents of the attempts table.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Each caller's day, by key.
    pub(crate) days: HashMap<String, CallerDay>,
    /// The keys of marks of single uses.
    pub(crate) used: BTreeSet<String>,
    /// The wrong PINs that all hours have left for all members, in quarters.
    pub(crate) left: i64,
}

/// A deployed line, with SDK clients to inspect it.
pub(crate) struct ResilienceSetup {
    pub(crate) line: TestLine,
    pub(crate) outputs: Outputs,
    pub(crate) tables: aws_sdk_dynamodb::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) metrics: aws_sdk_cloudwatch::Client,
    /// The search in everything that the scenarios leave behind.
    pub(crate) search: Arc<Search>,
    /// The digits of all callers' numbers, and of all PINs that were keyed or belong to a campaign.
    secrets: Mutex<BTreeSet<String>>,
    /// The contacts that the function answered.
    contacts: Mutex<Vec<String>>,
    /// The id of each PIN's campaign.
    campaigns: Mutex<HashMap<String, String>>,
    /// The function's variables as Terraform set them.
    deployed: HashMap<String, String>,
    /// The secrets that the search must find, because the test has planted them.
    pub(crate) planted: BTreeSet<(Source, String)>,
}

impl Shared for ResilienceSetup {
    async fn create() -> Result<Self, Failure> {
        let search = Arc::new(Search::default());
        leaks::search_own_log(&search);
        let line = TestLine::prepare("complete").await?;
        let outputs = line.apply().await?;
        let config = line.aws.sdk_config().await;
        let mut setup = Self {
            tables: aws_sdk_dynamodb::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            metrics: aws_sdk_cloudwatch::Client::new(&config),
            line,
            outputs,
            search,
            secrets: Mutex::default(),
            contacts: Mutex::default(),
            campaigns: Mutex::default(),
            deployed: HashMap::new(),
            planted: BTreeSet::new(),
        };
        setup.deployed = setup.variables().await?;
        Ok(setup)
    }

    async fn reset(&mut self) -> Result<(), Failure> {
        self.line.aws.account.faults().clear();
        self.set_variables(self.deployed.clone()).await
    }

    /// Searches for the secrets of all scenarios that ran. Another group destroys the same example.
    async fn remove(self) -> Result<(), Failure> {
        privacy::assert_no_leaks(&self).await?;
        self.line.aws.account.shutdown().await;
        Ok(())
    }
}

impl ResilienceSetup {
    /// Invokes the function for a contact of a caller, and returns its answer.
    pub(crate) async fn invoke(
        &self,
        contact: u8,
        caller: &str,
        parameters: &Value,
    ) -> Result<Vec<u8>, Failure> {
        let event = json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": {
                    "ContactId": format!("00000000-0000-4000-8000-{contact:012}"),
                    "CustomerEndpoint": { "Address": caller, "Type": "TELEPHONE_NUMBER" }
                },
                "Parameters": parameters
            }
        });
        let invocation = self.lambda.invoke();
        let answer = invocation
            .function_name(&self.outputs.function_name)
            .payload(Blob::new(event.to_string()))
            .send()
            .await?;
        let payload = answer.payload().map(|blob| blob.as_ref().to_vec());
        Ok(payload.unwrap_or_default())
    }

    /// Creates a member, and returns the phone number, which is composed of the scenario and a counter.
    pub(crate) async fn member(&self, scenario: u32, n: u32) -> Result<String, Failure> {
        let phone = self.phone(scenario, n);
        self.put(
            &self.outputs.member_table_name,
            [
                ("phone", AttributeValue::S(phone.clone())),
                ("id", AttributeValue::S(format!("member-{scenario}-{n}"))),
            ],
        )
        .await?;
        Ok(phone)
    }

    /// Returns the same phone number without creating a member.
    pub(crate) fn phone(&self, scenario: u32, n: u32) -> String {
        let phone = format!("+8190{:08}", 10_000_000 + scenario * 100_000 + n);
        self.secret(&phone);
        phone
    }

    /// Creates a campaign with further attributes, and returns its PIN.
    pub(crate) async fn campaign<'a>(
        &self,
        pin: &'a str,
        further: impl IntoIterator<Item = (&'a str, AttributeValue)>,
    ) -> Result<&'a str, Failure> {
        self.secret(pin);
        let id = {
            let mut campaigns = self.campaigns.lock().unwrap();
            let next = format!("campaign-{}", campaigns.len());
            campaigns.entry(pin.to_owned()).or_insert(next).clone()
        };
        let row = [
            ("pinCode", AttributeValue::S(pin.into())),
            ("campaignId", AttributeValue::S(id)),
            (
                "campaignUrl",
                AttributeValue::S(format!("https://example.com/{}", pin.len())),
            ),
        ];
        self.put(
            &self.outputs.benefits_table_name,
            row.into_iter().chain(further),
        )
        .await?;
        Ok(pin)
    }

    pub(crate) async fn put<'a>(
        &self,
        table: &str,
        row: impl IntoIterator<Item = (&'a str, AttributeValue)>,
    ) -> Result<(), Failure> {
        let item: HashMap<String, AttributeValue> = row
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        self.tables
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .send()
            .await?;
        Ok(())
    }

    pub(crate) async fn dial(&self, from: &str) -> Result<Phone<'_>, Failure> {
        let from = CallerId::Number(from.to_owned());
        let call = self.line.dial(&self.outputs, from).await?;
        Ok(Phone::new(self, call))
    }

    /// Calls, keys the PINs one after the other while the line waits for one, and hangs up.
    pub(crate) async fn call(&self, from: &str, pins: &[&str]) -> Result<Phone<'_>, Failure> {
        let mut call = self.dial(from).await?;
        for pin in pins {
            if !call.is_waiting() {
                break;
            }
            // A PIN of eight digits is complete without #, so a # would be an empty answer to the next
            // question.
            call.press(pin).await;
        }
        call.hang_up().await;
        assert!(
            call.contact().attributes.is_empty(),
            "a contact must have no attributes, because contact records store them"
        );
        assert!(
            !matches!(
                call.events().last(),
                Some(CallEvent::Ended { regular: false, .. })
            ),
            "{:?}",
            call.events()
        );
        Ok(call)
    }

    /// Calls with these PINs, and returns the last sentence heard.
    pub(crate) async fn last_sentence(&self, from: &str, pins: &[&str]) -> Result<String, Failure> {
        let call = self.call(from, pins).await?;
        Ok(call.heard().last().copied().unwrap_or_default().to_owned())
    }

    /// Reads the attempts table.
    pub(crate) async fn attempts(&self) -> Result<Attempts, Failure> {
        let mut attempts = Attempts::default();
        let mut pages = self
            .tables
            .scan()
            .table_name("campaign_attempts_table")
            .into_paginator()
            .items()
            .send();
        while let Some(row) = pages.next().await {
            let row = row?;
            let key = row["pk"].as_s().expect("the key is a text").clone();
            let ids = |name: &str| row.get(name).map_or(0, |ids| ids.as_ss().unwrap().len());
            if key.starts_with("CALLER#") {
                let day = CallerDay {
                    wrong: ids("d"),
                    claims: ids("claims"),
                    sent: ids("sent"),
                    open: ids("open"),
                };
                attempts.days.insert(key, day);
            } else if key.starts_with("USED#") {
                if row.get("used") == Some(&AttributeValue::N("1".into())) {
                    attempts.used.insert(key);
                }
            } else if key.starts_with("GLOBAL#") {
                let left = row["left"].as_n().expect("the count is a number");
                attempts.left += left.parse::<i64>()?;
            } else {
                assert!(key.starts_with("REDEEMED#"), "{key}");
            }
        }
        Ok(attempts)
    }

    /// Reads the callers' days in the attempts table, by key.
    pub(crate) async fn caller_days(&self) -> Result<HashMap<String, CallerDay>, Failure> {
        Ok(self.attempts().await?.days)
    }

    /// Sets the wrong PINs that this hour has left for all members, in quarters.
    pub(crate) async fn set_hour(&self, quarters: i64) -> Result<(), Failure> {
        let now = time::OffsetDateTime::now_utc();
        let key = format!("GLOBAL#{}T{:02}", now.date(), now.hour());
        self.tables
            .update_item()
            .table_name("campaign_attempts_table")
            .key("pk", AttributeValue::S(key))
            .update_expression("SET #left = :left")
            .expression_attribute_names("#left", "left")
            .expression_attribute_values(":left", AttributeValue::N(quarters.to_string()))
            .send()
            .await?;
        Ok(())
    }

    /// Returns the function's count of a limited campaign's redemptions.
    pub(crate) async fn redeemed(&self, pin: &str) -> Result<Option<u64>, Failure> {
        let campaign = self.campaigns.lock().unwrap()[pin].clone();
        let read = self
            .tables
            .get_item()
            .table_name("campaign_attempts_table")
            .key("pk", AttributeValue::S(format!("REDEEMED#{campaign}")))
            .consistent_read(true);
        let row = read.send().await?.item.unwrap_or_default();
        let count = row.get("redeemed").and_then(|count| count.as_n().ok());
        Ok(count.map(|count| count.parse()).transpose()?)
    }

    /// Delays every answer to the function until the faults are cleared. Local answers arrive faster than the
    /// function sends the next request, so parallel requests would look sequential.
    pub(crate) fn slow_answers_down(&self) -> Result<(), Failure> {
        for service in ["dynamodb", "sns"] {
            let rule = FaultRule::new(service, Effect::Latency { ms: 50 });
            let faults = self.line.aws.account.faults();
            faults.add(rule.caller(Caller::Functions))?;
        }
        Ok(())
    }

    /// Returns the function's requests since the record was cleared.
    pub(crate) fn function_requests(&self) -> Vec<RequestRecord> {
        let mut requests = self.line.aws.account.requests();
        requests.retain(|request| request.role.is_some());
        requests
    }

    /// Returns the number of messages sent to this phone number.
    pub(crate) fn sent_to(&self, phone: &str) -> usize {
        self.line
            .aws
            .messages()
            .iter()
            .filter(|message| message.phone_number == phone)
            .count()
    }

    /// Searches the account's record of requests, and clears it.
    pub(crate) fn clear_requests(&self) -> Result<(), Failure> {
        for request in self.line.aws.account.requests() {
            let mut request = serde_json::to_value(request)?;
            // The fractions of their seconds are nine random digits.
            for time in ["startedAt", "finishedAt"] {
                assert!(request[time].take().is_string());
            }
            self.search.add(Source::Requests, &request.to_string());
        }
        self.line.aws.account.clear_requests();
        Ok(())
    }

    /// Adds a phone number or a PIN to the secrets.
    pub(crate) fn secret(&self, text: &str) {
        self.secrets.lock().unwrap().insert(digits_of(text));
    }

    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        self.secrets.lock().unwrap().clone()
    }

    /// Adds a contact that the function answered.
    pub(crate) fn add_contact(&self, contact: String) {
        self.contacts.lock().unwrap().push(contact);
    }

    pub(crate) fn contacts(&self) -> Vec<String> {
        self.contacts.lock().unwrap().clone()
    }
}

/// Waits for the next hour if this one ends soon. Limits follow the clock's hours, so a scenario that began in
/// one hour and ended in the next would expect the wrong counts.
pub(crate) async fn avoid_end_of_hour() {
    const NEEDED: u64 = 30;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let left = 3_600 - now % 3_600;
    if left < NEEDED {
        tokio::time::sleep(std::time::Duration::from_secs(left)).await;
    }
}
