//! Renders flows with `modules/flow`.

use std::collections::BTreeMap;

use e2e::Failure;
use local_harness::repository;
use local_toolchain::{StagedExample, Terraform, stage_example};
use serde_json::{Map, Value, json};

use crate::flow::fake_services::FUNCTION;

/// A copy of `modules/flow` after `terraform init`. The module needs no provider and creates nothing.
pub(crate) struct Renderer {
    terraform: Terraform,
    pub(crate) texts: BTreeMap<String, Value>,
    _stage: StagedExample,
}

impl Renderer {
    pub(crate) async fn prepare() -> Result<Self, Failure> {
        let repository = repository()?;
        let toolchain = e2e::toolchain().await?;
        let stage = stage_example(&repository, "minimal")?;
        let mut terraform =
            toolchain.terraform(stage.module().join("modules/flow"), BTreeMap::new())?;
        terraform.init().await?;
        let mut texts = BTreeMap::new();
        for language in ["ja", "en"] {
            let path = repository.join(format!("flows/texts/{language}.json"));
            let shipped: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
            texts.insert(language.to_owned(), shipped["texts"].clone());
        }
        Ok(Self {
            terraform,
            texts,
            _stage: stage,
        })
    }

    pub(crate) async fn render(
        &self,
        languages: &[&str],
        fallbacks: Value,
    ) -> Result<String, Failure> {
        self.render_with(languages, fallbacks, &json!({}), &json!({}))
            .await
    }

    pub(crate) async fn render_with(
        &self,
        languages: &[&str],
        fallbacks: Value,
        texts: &Value,
        voices: &Value,
    ) -> Result<String, Failure> {
        let variables: Map<String, Value> = Map::from_iter(
            [
                ("function_arn", json!(FUNCTION)),
                ("languages", json!(languages)),
                ("fallbacks", fallbacks),
                ("texts", texts.clone()),
                ("voices", voices.clone()),
                (
                    "pin",
                    json!({"max_length": 8, "first_key_seconds": 10, "between_key_seconds": 5}),
                ),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        self.terraform.apply(&variables).await?;
        let outputs = self.terraform.outputs().await?;
        Ok(outputs["content"].as_str().unwrap_or_default().to_owned())
    }
}
