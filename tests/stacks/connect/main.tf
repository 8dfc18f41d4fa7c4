# Every resource and data source that the AWS provider has for Amazon Connect, with what they refer to. `changed` gives
# everything that can change another value.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.34"
    }
  }
}

# With the account's number, the provider would read a bucket's tags from S3 Control, at a host name that starts with the
# number: for an account at an IP address, no such name exists.
provider "aws" {
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}

variable "changed" {
  description = "Whether everything that can change has its second value."
  type        = bool
  default     = false
  nullable    = false
}

locals {
  what = var.changed ? "after" : "before"
  tags = { Stage = local.what }
  flow = jsonencode({
    Version     = "2019-10-30"
    StartAction = "say"
    Actions = [
      {
        Identifier  = "say"
        Type        = "MessageParticipant"
        Parameters  = { Text = local.what }
        Transitions = { NextAction = "bye", Errors = [{ NextAction = "bye", ErrorType = "NoMatchingError" }] }
      },
      { Identifier = "bye", Type = "DisconnectParticipant", Parameters = {}, Transitions = {} },
    ]
  })
}

resource "aws_connect_instance" "this" {
  instance_alias            = "every-resource"
  identity_management_type  = "CONNECT_MANAGED"
  inbound_calls_enabled     = true
  outbound_calls_enabled    = true
  contact_flow_logs_enabled = var.changed
  tags                      = local.tags

  depends_on = [aws_cloudwatch_log_group.flows]
}

# Amazon Connect would create it with the first flow log, and leave it.
resource "aws_cloudwatch_log_group" "flows" {
  name = "/aws/connect/every-resource"
}

resource "aws_connect_hours_of_operation" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "hours ${local.what}"
  description = local.what
  time_zone   = "Asia/Tokyo"
  tags        = local.tags

  dynamic "config" {
    for_each = var.changed ? ["MONDAY", "TUESDAY"] : ["MONDAY"]

    content {
      day = config.value

      start_time {
        hours   = 9
        minutes = 0
      }

      end_time {
        hours   = 17
        minutes = 30
      }
    }
  }
}

resource "aws_connect_contact_flow" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "flow ${local.what}"
  description = local.what
  type        = "CONTACT_FLOW"
  content     = local.flow
  tags        = local.tags
}

resource "aws_connect_contact_flow" "queue_transfer" {
  instance_id = aws_connect_instance.this.id
  name        = "queue transfer"
  type        = "QUEUE_TRANSFER"
  content     = local.flow
}

resource "aws_connect_contact_flow_module" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "module ${local.what}"
  description = local.what
  tags        = local.tags

  content = jsonencode({
    Version     = "2019-10-30"
    StartAction = "end"
    Actions     = [{ Identifier = "end", Type = "EndFlowModuleExecution", Parameters = {}, Transitions = {} }]
    Settings    = { InputParameters = [], OutputParameters = [], Transitions = [] }
  })
}

resource "aws_connect_phone_number" "this" {
  target_arn   = aws_connect_instance.this.arn
  country_code = "JP"
  type         = "DID"
  description  = "the number of the line"
  tags         = local.tags
}

resource "aws_connect_phone_number_contact_flow_association" "this" {
  instance_id     = aws_connect_instance.this.id
  phone_number_id = aws_connect_phone_number.this.id
  contact_flow_id = aws_connect_contact_flow.this.contact_flow_id
}

resource "aws_connect_queue" "this" {
  instance_id           = aws_connect_instance.this.id
  name                  = "queue ${local.what}"
  description           = local.what
  hours_of_operation_id = aws_connect_hours_of_operation.this.hours_of_operation_id
  max_contacts          = var.changed ? 20 : 10
  status                = var.changed ? "DISABLED" : "ENABLED"
  quick_connect_ids     = var.changed ? [] : [aws_connect_quick_connect.number.quick_connect_id]
  tags                  = local.tags

  outbound_caller_config {
    outbound_caller_id_name      = local.what
    outbound_caller_id_number_id = aws_connect_phone_number.this.id
  }
}

resource "aws_connect_quick_connect" "number" {
  instance_id = aws_connect_instance.this.id
  name        = "number ${local.what}"
  description = local.what
  tags        = local.tags

  quick_connect_config {
    quick_connect_type = "PHONE_NUMBER"

    phone_config {
      phone_number = var.changed ? "+815000000002" : "+815000000001"
    }
  }
}

resource "aws_connect_quick_connect" "user" {
  instance_id = aws_connect_instance.this.id
  name        = "user"

  quick_connect_config {
    quick_connect_type = "USER"

    user_config {
      contact_flow_id = aws_connect_contact_flow.queue_transfer.contact_flow_id
      user_id         = aws_connect_user.this.user_id
    }
  }
}

resource "aws_connect_routing_profile" "this" {
  instance_id               = aws_connect_instance.this.id
  name                      = "routing profile ${local.what}"
  description               = local.what
  default_outbound_queue_id = aws_connect_queue.this.queue_id
  tags                      = local.tags

  media_concurrencies {
    channel     = "VOICE"
    concurrency = 1
  }

  dynamic "media_concurrencies" {
    for_each = var.changed ? [3] : []

    content {
      channel     = "CHAT"
      concurrency = media_concurrencies.value

      cross_channel_behavior {
        behavior_type = "ROUTE_ANY_CHANNEL"
      }
    }
  }

  queue_configs {
    channel  = "VOICE"
    delay    = var.changed ? 60 : 0
    priority = 1
    queue_id = aws_connect_queue.this.queue_id
  }
}

resource "aws_connect_security_profile" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "security profile"
  description = local.what
  permissions = var.changed ? ["BasicAgentAccess", "OutboundCallAccess"] : ["BasicAgentAccess"]
  tags        = local.tags
}

resource "aws_connect_user_hierarchy_structure" "this" {
  instance_id = aws_connect_instance.this.id

  hierarchy_structure {
    level_one {
      name = "division ${local.what}"
    }

    level_two {
      name = "team"
    }
  }
}

resource "aws_connect_user_hierarchy_group" "division" {
  instance_id = aws_connect_instance.this.id
  name        = "division ${local.what}"
  tags        = local.tags

  depends_on = [aws_connect_user_hierarchy_structure.this]
}

resource "aws_connect_user_hierarchy_group" "team" {
  instance_id     = aws_connect_instance.this.id
  name            = "team"
  parent_group_id = aws_connect_user_hierarchy_group.division.hierarchy_group_id

  depends_on = [aws_connect_user_hierarchy_structure.this]
}

resource "aws_connect_user" "this" {
  instance_id          = aws_connect_instance.this.id
  name                 = "agent"
  password             = "Password123"
  routing_profile_id   = aws_connect_routing_profile.this.routing_profile_id
  security_profile_ids = [aws_connect_security_profile.this.security_profile_id]
  hierarchy_group_id   = var.changed ? null : aws_connect_user_hierarchy_group.team.hierarchy_group_id
  tags                 = local.tags

  identity_info {
    first_name = "First"
    last_name  = local.what
    email      = "agent@example.com"
  }

  phone_config {
    phone_type                    = "SOFT_PHONE"
    after_contact_work_time_limit = var.changed ? 30 : 0
    auto_accept                   = var.changed
  }
}

resource "aws_connect_vocabulary" "this" {
  instance_id   = aws_connect_instance.this.id
  name          = "words"
  language_code = "en-US"
  content       = "Phrase\tIPA\tSoundsLike\tDisplayAs\nLos-Angeles\t\t\tLos Angeles\n"
  tags          = local.tags
}

resource "aws_s3_bucket" "this" {
  bucket        = "every-resource"
  force_destroy = true
}

resource "aws_kms_key" "this" {
  description = "storage of every-resource"
}

resource "aws_kinesis_stream" "this" {
  name        = "every-resource"
  shard_count = 1
}

resource "aws_iam_role" "delivery" {
  name = "every-resource-delivery"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "firehose.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "delivery" {
  name = "delivery"
  role = aws_iam_role.delivery.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucket", "s3:PutObject"]
      Resource = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
    }]
  })
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  name        = "every-resource"
  destination = "extended_s3"

  extended_s3_configuration {
    role_arn   = aws_iam_role.delivery.arn
    bucket_arn = aws_s3_bucket.this.arn
  }

  depends_on = [aws_iam_role_policy.delivery]
}

locals {
  in_bucket = [
    "ATTACHMENTS", "CALL_RECORDINGS", "CHAT_TRANSCRIPTS", "CONTACT_EVALUATIONS", "EMAIL_MESSAGES", "SCHEDULED_REPORTS",
    "SCREEN_RECORDINGS",
  ]
  in_stream = [
    "AGENT_EVENTS", "REAL_TIME_CONTACT_ANALYSIS_CHAT_SEGMENTS", "REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS",
  ]
}

resource "aws_connect_instance_storage_config" "bucket" {
  for_each = toset(local.in_bucket)

  instance_id   = aws_connect_instance.this.id
  resource_type = each.key

  storage_config {
    storage_type = "S3"

    s3_config {
      bucket_name   = aws_s3_bucket.this.bucket
      bucket_prefix = local.what

      encryption_config {
        encryption_type = "KMS"
        key_id          = aws_kms_key.this.arn
      }
    }
  }
}

resource "aws_connect_instance_storage_config" "stream" {
  for_each = toset(local.in_stream)

  instance_id   = aws_connect_instance.this.id
  resource_type = each.key

  storage_config {
    storage_type = "KINESIS_STREAM"

    kinesis_stream_config {
      stream_arn = aws_kinesis_stream.this.arn
    }
  }
}

resource "aws_connect_instance_storage_config" "delivery" {
  instance_id   = aws_connect_instance.this.id
  resource_type = "CONTACT_TRACE_RECORDS"

  storage_config {
    storage_type = var.changed ? "KINESIS_STREAM" : "KINESIS_FIREHOSE"

    dynamic "kinesis_firehose_config" {
      for_each = var.changed ? [] : [aws_kinesis_firehose_delivery_stream.this.arn]

      content {
        firehose_arn = kinesis_firehose_config.value
      }
    }

    dynamic "kinesis_stream_config" {
      for_each = var.changed ? [aws_kinesis_stream.this.arn] : []

      content {
        stream_arn = kinesis_stream_config.value
      }
    }
  }
}

resource "aws_connect_instance_storage_config" "video" {
  instance_id   = aws_connect_instance.this.id
  resource_type = "MEDIA_STREAMS"

  storage_config {
    storage_type = "KINESIS_VIDEO_STREAM"

    kinesis_video_stream_config {
      prefix                 = "every"
      retention_period_hours = var.changed ? 2 : 1

      encryption_config {
        encryption_type = "KMS"
        key_id          = aws_kms_key.this.arn
      }
    }
  }
}

resource "aws_lex_intent" "this" {
  name           = "Greet"
  create_version = true

  sample_utterances = ["hello"]

  fulfillment_activity {
    type = "ReturnIntent"
  }
}

resource "aws_lex_bot" "this" {
  name             = "Greeter"
  child_directed   = false
  process_behavior = "BUILD"

  abort_statement {
    message {
      content      = "Good bye"
      content_type = "PlainText"
    }
  }

  clarification_prompt {
    max_attempts = 2

    message {
      content      = "Pardon?"
      content_type = "PlainText"
    }
  }

  intent {
    intent_name    = aws_lex_intent.this.name
    intent_version = "1"
  }
}

resource "aws_connect_bot_association" "this" {
  instance_id = aws_connect_instance.this.id

  lex_bot {
    name       = aws_lex_bot.this.name
    lex_region = "ap-northeast-1"
  }
}

resource "aws_iam_role" "this" {
  name = "every-resource"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_lambda_function" "this" {
  function_name = "every-resource"
  role          = aws_iam_role.this.arn
  filename      = "${path.module}/function.zip"
  runtime       = "provided.al2023"
  handler       = "bootstrap"
}

resource "aws_connect_lambda_function_association" "this" {
  instance_id  = aws_connect_instance.this.id
  function_arn = aws_lambda_function.this.arn
}

# What a new instance has, and what every resource is found by.
data "aws_connect_prompt" "beep" {
  instance_id = aws_connect_instance.this.id
  name        = "Beep.wav"
}

data "aws_connect_routing_profile" "basic" {
  instance_id = aws_connect_instance.this.id
  name        = "Basic Routing Profile"
}

data "aws_connect_security_profile" "admin" {
  instance_id = aws_connect_instance.this.id
  name        = "Admin"
}

data "aws_connect_queue" "basic" {
  instance_id = aws_connect_instance.this.id
  name        = "BasicQueue"
}

data "aws_connect_user" "this" {
  instance_id = aws_connect_instance.this.id
  name        = aws_connect_user.this.name
}

data "aws_connect_user_hierarchy_group" "team" {
  instance_id = aws_connect_instance.this.id
  name        = aws_connect_user_hierarchy_group.team.name
}

data "aws_connect_quick_connect" "number" {
  instance_id = aws_connect_instance.this.id
  name        = aws_connect_quick_connect.number.name
}

data "aws_connect_instance" "this" {
  instance_alias = aws_connect_instance.this.instance_alias
}

data "aws_connect_hours_of_operation" "this" {
  instance_id = aws_connect_instance.this.id
  name        = aws_connect_hours_of_operation.this.name
}

data "aws_connect_contact_flow" "this" {
  instance_id = aws_connect_instance.this.id
  name        = aws_connect_contact_flow.this.name
}

data "aws_connect_contact_flow_module" "this" {
  instance_id = aws_connect_instance.this.id
  name        = aws_connect_contact_flow_module.this.name
}

data "aws_connect_user_hierarchy_structure" "this" {
  instance_id = aws_connect_user_hierarchy_structure.this.id
}

data "aws_connect_instance_storage_config" "video" {
  instance_id    = aws_connect_instance.this.id
  association_id = aws_connect_instance_storage_config.video.association_id
  resource_type  = "MEDIA_STREAMS"
}

data "aws_connect_bot_association" "this" {
  instance_id = aws_connect_bot_association.this.instance_id

  lex_bot {
    name       = aws_lex_bot.this.name
    lex_region = "ap-northeast-1"
  }
}

data "aws_connect_lambda_function_association" "this" {
  instance_id  = aws_connect_lambda_function_association.this.instance_id
  function_arn = aws_lambda_function.this.arn
}

data "aws_connect_vocabulary" "this" {
  instance_id = aws_connect_instance.this.id
  name        = aws_connect_vocabulary.this.name
}

output "ids" {
  description = "The id of each resource, with which it is imported."

  value = merge({
    for type, config in aws_connect_instance_storage_config.bucket :
    "aws_connect_instance_storage_config.bucket[\"${type}\"]" => config.id
    }, {
    for type, config in aws_connect_instance_storage_config.stream :
    "aws_connect_instance_storage_config.stream[\"${type}\"]" => config.id
    }, {
    "aws_connect_instance_storage_config.delivery"           = aws_connect_instance_storage_config.delivery.id
    "aws_connect_instance_storage_config.video"              = aws_connect_instance_storage_config.video.id
    "aws_cloudwatch_log_group.flows"                         = aws_cloudwatch_log_group.flows.id
    "aws_s3_bucket.this"                                     = aws_s3_bucket.this.id
    "aws_kms_key.this"                                       = aws_kms_key.this.id
    "aws_kinesis_stream.this"                                = aws_kinesis_stream.this.name
    "aws_kinesis_firehose_delivery_stream.this"              = aws_kinesis_firehose_delivery_stream.this.arn
    "aws_iam_role.delivery"                                  = aws_iam_role.delivery.id
    "aws_iam_role_policy.delivery"                           = aws_iam_role_policy.delivery.id
    "aws_lex_intent.this"                                    = aws_lex_intent.this.id
    "aws_lex_bot.this"                                       = aws_lex_bot.this.id
    "aws_iam_role.this"                                      = aws_iam_role.this.id
    "aws_lambda_function.this"                               = aws_lambda_function.this.id
    "aws_connect_instance.this"                              = aws_connect_instance.this.id
    "aws_connect_hours_of_operation.this"                    = aws_connect_hours_of_operation.this.id
    "aws_connect_contact_flow.this"                          = aws_connect_contact_flow.this.id
    "aws_connect_contact_flow.queue_transfer"                = aws_connect_contact_flow.queue_transfer.id
    "aws_connect_contact_flow_module.this"                   = aws_connect_contact_flow_module.this.id
    "aws_connect_phone_number.this"                          = aws_connect_phone_number.this.id
    "aws_connect_phone_number_contact_flow_association.this" = join(",", [aws_connect_phone_number.this.id, aws_connect_instance.this.id, aws_connect_contact_flow.this.contact_flow_id])
    "aws_connect_queue.this"                                 = aws_connect_queue.this.id
    "aws_connect_quick_connect.number"                       = aws_connect_quick_connect.number.id
    "aws_connect_quick_connect.user"                         = aws_connect_quick_connect.user.id
    "aws_connect_routing_profile.this"                       = aws_connect_routing_profile.this.id
    "aws_connect_security_profile.this"                      = aws_connect_security_profile.this.id
    "aws_connect_user_hierarchy_structure.this"              = aws_connect_user_hierarchy_structure.this.id
    "aws_connect_user_hierarchy_group.division"              = aws_connect_user_hierarchy_group.division.id
    "aws_connect_user_hierarchy_group.team"                  = aws_connect_user_hierarchy_group.team.id
    "aws_connect_user.this"                                  = aws_connect_user.this.id
    "aws_connect_vocabulary.this"                            = aws_connect_vocabulary.this.id
    "aws_connect_bot_association.this"                       = aws_connect_bot_association.this.id
    "aws_connect_lambda_function_association.this"           = aws_connect_lambda_function_association.this.id
  })
}
