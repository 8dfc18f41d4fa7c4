# The values that the module brings for `mock_provider`, used as those do who have a line in their own
# stack: nothing is asked of AWS, and what comes out has the shape of what AWS gives.

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
    error_message = "The number is not one that a caller could dial: ${output.phone_number}."
  }

  assert {
    condition     = alltrue([for arn in [output.contact_flow_arn, output.function_arn, output.function_role_arn, output.instance_arn, output.phone_number_arn] : can(regex("^arn:aws:", arn))])
    error_message = "One of the ARNs is none."
  }

  assert {
    condition     = alltrue([for arn in values(output.alarm_arns) : can(regex("^arn:aws:cloudwatch:", arn))])
    error_message = "The ARN of an alarm is none."
  }

  assert {
    condition     = can(regex("^[0-9a-f-]{36}$", output.instance_id)) && can(regex("^[0-9a-f-]{36}$", output.contact_flow_id))
    error_message = "Ids of Amazon Connect are made up."
  }
}

run "applies_a_line_in_what_is_there" {
  variables {
    instance_alias    = null
    existing_instance = { id = "12345678-1234-1234-1234-123456789012" }
    phone_number      = { existing = { id = "87654321-4321-4321-4321-210987654321", number = "+815012345678" } }
  }

  assert {
    condition     = output.instance_id == "12345678-1234-1234-1234-123456789012"
    error_message = "The line is in another instance."
  }
}
