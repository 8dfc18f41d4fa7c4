# Every resource that the AWS provider has for End User Messaging SMS, and a topic with a phone as its subscriber. `changed`
# gives everything that can change another value.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.34"
    }
  }
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
}

resource "aws_pinpointsmsvoicev2_opt_out_list" "this" {
  name = "campaign"
  tags = local.tags
}

resource "aws_pinpointsmsvoicev2_phone_number" "this" {
  iso_country_code    = "JP"
  message_type        = "TRANSACTIONAL"
  number_capabilities = ["SMS"]
  number_type         = "LONG_CODE"
  opt_out_list_name   = var.changed ? "Default" : aws_pinpointsmsvoicev2_opt_out_list.this.name
  tags                = local.tags
}

# The provider sets the defaults of a set in an update alone.
resource "aws_pinpointsmsvoicev2_configuration_set" "this" {
  name                 = "campaign"
  default_message_type = var.changed ? "PROMOTIONAL" : null
  default_sender_id    = var.changed ? "CAMPAIGN" : null
  tags                 = local.tags
}

resource "aws_sns_topic" "this" {
  name         = "campaign"
  display_name = local.what
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn     = aws_sns_topic.this.arn
  protocol      = "sms"
  endpoint      = "+819012345678"
  filter_policy = jsonencode({ stage = [local.what] })
}
