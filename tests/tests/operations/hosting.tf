# Resources that the local account must support beside the examples. The test creates them, plans without
# changes, updates them in place, imports and destroys them.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "bucket" {
  description = "Bucket with the function's zip"
  type        = string
  nullable    = false
}

variable "package" {
  description = "The zip in the bucket"
  type = object({
    key     = string
    version = string
    sha256  = string
  })
  nullable = false
}

variable "changed" {
  description = "Whether the resources have their second settings"
  type        = bool
  default     = false
  nullable    = false
}

locals {
  sms_log = "sns/ap-northeast-1/123456789012/DirectPublishToPhoneNumber"
}

resource "aws_kms_key" "first" {
  description = "Before the change"
}

resource "aws_kms_key" "second" {
  description = "After the change"
}

resource "aws_sns_topic" "alarms" {
  name = "alarms"
}

resource "aws_iam_policy" "boundary" {
  name = "boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_iam_role" "line" {
  name = "line"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["lambda.amazonaws.com", "sns.amazonaws.com"] }
    }]
  })
  permissions_boundary = var.changed ? null : aws_iam_policy.boundary.arn
}

resource "aws_iam_role_policy" "logs" {
  name = "logs"
  role = aws_iam_role.line.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "*"
    }]
  })
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/pin/line"
  retention_in_days = var.changed ? 30 : 90
  kms_key_id        = var.changed ? null : aws_kms_key.first.arn
  tags              = { stage = var.changed ? "late" : "early" }
}

resource "aws_cloudwatch_log_group" "sms" {
  for_each = { sent = local.sms_log, failed = "${local.sms_log}/Failure" }

  name              = each.value
  retention_in_days = 90
  kms_key_id        = var.changed ? aws_kms_key.second.arn : aws_kms_key.first.arn
}

resource "aws_sns_sms_preferences" "this" {
  delivery_status_iam_role_arn          = aws_iam_role.line.arn
  delivery_status_success_sampling_rate = var.changed ? "50" : "100"
}

resource "aws_lambda_function" "object" {
  function_name                  = "line"
  role                           = aws_iam_role.line.arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  s3_bucket                      = var.bucket
  s3_key                         = var.package.key
  s3_object_version              = var.package.version
  source_code_hash               = var.package.sha256
  kms_key_arn                    = var.changed ? aws_kms_key.second.arn : aws_kms_key.first.arn
  reserved_concurrent_executions = var.changed ? -1 : 5

  environment {
    variables = { SERVICE = "line" }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function.name
  }

  tracing_config {
    mode = var.changed ? "PassThrough" : "Active"
  }
}

resource "aws_lambda_function" "image" {
  function_name = "image"
  role          = aws_iam_role.line.arn
  package_type  = "Image"
  architectures = ["arm64"]
  image_uri = join(":", [
    "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/line",
    var.changed ? "2" : "1",
  ])

  image_config {
    command = [var.changed ? "second" : "first"]
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "line-errors"
  alarm_description   = var.changed ? "エラー" : "The function fails"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.object.function_name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  threshold           = var.changed ? 2 : 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = var.changed ? [] : [aws_sns_topic.alarms.arn]
  tags                = { stage = var.changed ? "late" : "early" }
}

resource "aws_cloudwatch_metric_alarm" "duration" {
  alarm_name          = "line-duration"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = aws_lambda_function.object.function_name }
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 1
  threshold           = 5000
  comparison_operator = "GreaterThanThreshold"
}

resource "aws_cloudwatch_metric_alarm" "wrong_pins" {
  alarm_name          = "line-wrong-pins"
  evaluation_periods  = 1
  threshold           = var.changed ? 60 : 50
  comparison_operator = "GreaterThanThreshold"

  metric_query {
    id          = "share"
    expression  = "IF(all > 10, 100 * wrong / all, 0)"
    label       = "Share of wrong PINs"
    return_data = true
  }

  metric_query {
    id = "wrong"

    metric {
      namespace   = "ConnectPinSms"
      metric_name = "Invocations"
      dimensions  = { Service = "line", Outcome = "WRONG_PIN" }
      period      = 300
      stat        = "Sum"
    }
  }

  metric_query {
    id = "all"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      dimensions  = { FunctionName = aws_lambda_function.object.function_name }
      period      = 300
      stat        = "Sum"
      unit        = "Count"
    }
  }
}

resource "aws_cloudwatch_dashboard" "line" {
  dashboard_name = "line"
  dashboard_body = jsonencode({
    widgets = [{
      type   = "metric"
      x      = 0
      y      = 0
      width  = 12
      height = 6
      properties = {
        region = "ap-northeast-1"
        title  = var.changed ? "Calls of the line" : "Calls"
        metrics = [[{
          expression = "SEARCH('{ConnectPinSms,Service,Outcome} Invocations', 'Sum', 300)"
        }]]
      }
    }]
  })
}

# The provider waits for half a minute after a change of the table's key.
resource "aws_dynamodb_table" "kept" {
  name                        = "kept"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "phone"
  deletion_protection_enabled = !var.changed

  attribute {
    name = "phone"
    type = "S"
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.changed ? 7 : 14
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.changed ? aws_kms_key.second.arn : aws_kms_key.first.arn
  }
}

resource "aws_dynamodb_table" "plain" {
  name         = "plain"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "phone"

  attribute {
    name = "phone"
    type = "S"
  }

  server_side_encryption {
    enabled = var.changed
  }
}

resource "aws_connect_instance" "existing" {
  identity_management_type = "CONNECT_MANAGED"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
  instance_alias           = "existing"
}

data "aws_connect_hours_of_operation" "basic" {
  instance_id = aws_connect_instance.existing.id
  name        = "Basic Hours"
}

resource "aws_connect_queue" "agents" {
  instance_id           = aws_connect_instance.existing.id
  name                  = "agents"
  description           = var.changed ? "Late" : "Early"
  hours_of_operation_id = data.aws_connect_hours_of_operation.basic.hours_of_operation_id
}

resource "aws_connect_contact_flow" "goodbye" {
  instance_id = aws_connect_instance.existing.id
  name        = "goodbye"
  description = var.changed ? "Late" : "Early"
  content = jsonencode({
    Version     = "2019-10-30"
    StartAction = "bye"
    Actions = [{
      Identifier  = "bye"
      Type        = "DisconnectParticipant"
      Parameters  = {}
      Transitions = {}
    }]
  })
}

resource "aws_connect_phone_number" "existing" {
  target_arn   = aws_connect_instance.existing.arn
  country_code = "JP"
  type         = "DID"
}

resource "aws_connect_phone_number_contact_flow_association" "existing" {
  instance_id     = aws_connect_instance.existing.id
  phone_number_id = aws_connect_phone_number.existing.id
  contact_flow_id = aws_connect_contact_flow.goodbye.contact_flow_id
}

resource "aws_connect_lambda_function_association" "line" {
  instance_id  = aws_connect_instance.existing.id
  function_arn = aws_lambda_function.object.arn
}

resource "aws_lambda_permission" "connect" {
  statement_id   = "connect"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.object.function_name
  principal      = "connect.amazonaws.com"
  source_account = "123456789012"
  source_arn     = aws_connect_instance.existing.arn
}

data "aws_connect_instance" "by_alias" {
  instance_alias = aws_connect_instance.existing.instance_alias
}

data "aws_connect_contact_flow" "by_name" {
  instance_id = aws_connect_instance.existing.id
  name        = aws_connect_contact_flow.goodbye.name
}

data "aws_connect_queue" "by_name" {
  instance_id = aws_connect_instance.existing.id
  name        = aws_connect_queue.agents.name
}

output "found" {
  description = "The ARNs that data sources find, each with the expected one"
  value = {
    instance = [data.aws_connect_instance.by_alias.arn, aws_connect_instance.existing.arn]
    flow     = [data.aws_connect_contact_flow.by_name.arn, aws_connect_contact_flow.goodbye.arn]
    queue    = [data.aws_connect_queue.by_name.arn, aws_connect_queue.agents.arn]
  }
}

output "import_ids" {
  description = "The id by which each resource is imported"
  value = {
    "aws_cloudwatch_dashboard.line"                = aws_cloudwatch_dashboard.line.dashboard_name
    "aws_cloudwatch_log_group.function"            = aws_cloudwatch_log_group.function.name
    "aws_cloudwatch_log_group.sms[\"failed\"]"     = aws_cloudwatch_log_group.sms["failed"].name
    "aws_cloudwatch_log_group.sms[\"sent\"]"       = aws_cloudwatch_log_group.sms["sent"].name
    "aws_cloudwatch_metric_alarm.duration"         = aws_cloudwatch_metric_alarm.duration.id
    "aws_cloudwatch_metric_alarm.errors"           = aws_cloudwatch_metric_alarm.errors.id
    "aws_cloudwatch_metric_alarm.wrong_pins"       = aws_cloudwatch_metric_alarm.wrong_pins.id
    "aws_connect_contact_flow.goodbye"             = aws_connect_contact_flow.goodbye.id
    "aws_connect_instance.existing"                = aws_connect_instance.existing.id
    "aws_connect_lambda_function_association.line" = aws_connect_lambda_function_association.line.id
    "aws_connect_phone_number.existing"            = aws_connect_phone_number.existing.id
    "aws_connect_phone_number_contact_flow_association.existing" = join(",", [
      aws_connect_phone_number.existing.id,
      aws_connect_instance.existing.id,
      aws_connect_contact_flow.goodbye.contact_flow_id,
    ])
    "aws_connect_queue.agents"      = aws_connect_queue.agents.id
    "aws_dynamodb_table.kept"       = aws_dynamodb_table.kept.id
    "aws_dynamodb_table.plain"      = aws_dynamodb_table.plain.id
    "aws_iam_policy.boundary"       = aws_iam_policy.boundary.arn
    "aws_iam_role.line"             = aws_iam_role.line.id
    "aws_iam_role_policy.logs"      = aws_iam_role_policy.logs.id
    "aws_kms_key.first"             = aws_kms_key.first.id
    "aws_kms_key.second"            = aws_kms_key.second.id
    "aws_lambda_function.image"     = aws_lambda_function.image.function_name
    "aws_lambda_function.object"    = aws_lambda_function.object.function_name
    "aws_lambda_permission.connect" = "line/connect"
    "aws_sns_topic.alarms"          = aws_sns_topic.alarms.arn
  }
}
