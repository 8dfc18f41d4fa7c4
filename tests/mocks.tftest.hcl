# The module's values for `mock_provider`, used like in a deployer's own tests: without requests to AWS, and
# with outputs in the form of AWS's values.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  instance_alias = "example-campaign"
  lambda_package = { path = "tests/fixtures/any.zip", architecture = "x86_64" }
}

run "applies_a_line_with_every_part" {
  variables {
    alarms          = { topic_arn = "arn:aws:sns:ap-northeast-1:123456789012:alarms", undelivered_per_hour = 0 }
    languages       = ["ja", "en"]
    sms_preferences = { monthly_spend_limit = 1, delivery_logs = {} }
  }

  assert {
    condition     = output.phone_number == "+815012345678"
    error_message = "The number must be +815012345678, but was ${output.phone_number}."
  }

  assert {
    condition     = alltrue([for arn in [output.contact_flow_arn, output.function_arn, output.function_role_arn, output.instance_arn, output.phone_number_arn] : can(regex("^arn:aws:", arn))])
    error_message = "Each output of an ARN must be an ARN."
  }

  assert {
    condition     = alltrue([for arn in values(output.alarm_arns) : can(regex("^arn:aws:cloudwatch:", arn))])
    error_message = "Each alarm's ARN must be an ARN of CloudWatch."
  }

  assert {
    condition     = can(regex("^[0-9a-f-]{36}$", output.instance_id)) && can(regex("^[0-9a-f-]{36}$", output.contact_flow_id))
    error_message = "Ids of Amazon Connect must be UUIDs."
  }
}

run "applies_a_line_in_an_existing_instance" {
  variables {
    instance_alias    = null
    existing_instance = { id = "12345678-1234-1234-1234-123456789012" }
    phone_number      = { existing = { id = "87654321-4321-4321-4321-210987654321", number = "+815012345678" } }
  }

  assert {
    condition     = output.instance_id == "12345678-1234-1234-1234-123456789012"
    error_message = "The line must be in the existing instance."
  }
}
