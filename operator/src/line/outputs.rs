//! The outputs of Terraform, as `terraform output -json` writes them.

use serde_json::{Map, Value};

/// The outputs of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs {
    /// The function's name.
    pub function: String,
    /// The Region, from the function's ARN.
    pub region: String,
    /// The log group of the flow; the module does not know it for an existing instance.
    pub flow_log_group: Option<String>,
    /// The log groups of delivered and failed messages, if the line writes them.
    pub delivery_log_groups: Vec<String>,
}

/// The reason why a file does not name a line.
#[derive(Debug, thiserror::Error)]
pub enum OutputsFault {
    /// The file is not what Terraform writes.
    #[error("the file must be the JSON that `terraform output -json` writes")]
    NotJson(#[source] serde_json::Error),
    /// The outputs have no function, or several.
    #[error(
        "the outputs must have function_arn once, at the top or in one output that holds a whole \
         module, but have it {0} times: add output \"line\" {{ value = module.line }}"
    )]
    Functions(usize),
    /// The ARN has another form.
    #[error("function_arn must be the ARN of a function")]
    Arn,
}

impl Outputs {
    /// Reads the outputs. The module's outputs are at the top, or in one output of the stack that holds
    /// the whole module.
    ///
    /// # Errors
    /// When the file does not name one function.
    pub fn read(bytes: &[u8]) -> Result<Self, OutputsFault> {
        let outputs: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(OutputsFault::NotJson)?;
        let top: Map<String, Value> = outputs
            .into_iter()
            .filter_map(|(name, output)| Some((name, output.get("value")?.clone())))
            .collect();
        let modules = top.values().filter_map(Value::as_object);
        let mut found: Vec<_> = std::iter::once(&top)
            .chain(modules)
            .filter(|module| module.contains_key("function_arn"))
            .collect();
        let module = match (found.pop(), found.len()) {
            (Some(module), 0) => module,
            (last, others) => {
                return Err(OutputsFault::Functions(
                    others + usize::from(last.is_some()),
                ));
            }
        };
        Self::of_module(module)
    }

    fn of_module(module: &Map<String, Value>) -> Result<Self, OutputsFault> {
        let text = |name: &str| module.get(name).and_then(Value::as_str);
        let arn: Vec<_> = text("function_arn")
            .ok_or(OutputsFault::Arn)?
            .split(':')
            .collect();
        let [_, _, "lambda", region, _, "function", function] = arn[..] else {
            return Err(OutputsFault::Arn);
        };
        let delivery = module
            .get("sms_delivery_log_group_names")
            .and_then(Value::as_object);
        Ok(Self {
            function: function.to_owned(),
            region: region.to_owned(),
            flow_log_group: text("flow_log_group_name").map(str::to_owned),
            delivery_log_groups: delivery
                .into_iter()
                .flat_map(Map::values)
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ARN: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:spring";

    fn output(value: &Value) -> Value {
        json!({ "sensitive": false, "type": "dynamic", "value": value })
    }

    fn read(value: &Value) -> Result<Outputs, OutputsFault> {
        Outputs::read(value.to_string().as_bytes())
    }

    #[test]
    fn outputs_of_the_module_name_its_function_and_logs() {
        let module = json!({
            "function_arn": ARN,
            "flow_log_group_name": "/aws/connect/spring",
            "sms_delivery_log_group_names": { "delivered": "sns/d", "failed": "sns/d/Failure" },
        });
        let flat: Map<_, _> = module
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), output(value)))
            .collect();
        for outputs in [
            Value::Object(flat),
            json!({ "line": output(&module), "other": output(&json!("x")) }),
        ] {
            let outputs = read(&outputs).unwrap();
            assert_eq!(outputs.function, "spring");
            assert_eq!(outputs.region, "ap-northeast-1");
            assert_eq!(
                outputs.flow_log_group.as_deref(),
                Some("/aws/connect/spring")
            );
            assert_eq!(outputs.delivery_log_groups, ["sns/d", "sns/d/Failure"]);
        }
    }

    #[test]
    fn a_file_without_one_function_is_refused() {
        let two = json!({
            "a": output(&json!({ "function_arn": ARN })),
            "b": output(&json!({ "function_arn": ARN })),
        });
        for (outputs, times) in [(json!({}), 0), (two, 2)] {
            assert!(matches!(read(&outputs), Err(OutputsFault::Functions(n)) if n == times));
        }
        let wrong = json!({ "function_arn": output(&json!("spring")) });
        assert!(matches!(read(&wrong), Err(OutputsFault::Arn)));
        assert!(matches!(
            Outputs::read(b"[]"),
            Err(OutputsFault::NotJson(_))
        ));
    }
}
