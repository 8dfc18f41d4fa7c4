# Values for `mock_provider`, with which a stack that contains a line can be tested without an account:
#
#   mock_provider "aws" {
#     source = "./terraform-aws-connect-pin-sms/mocks"
#   }
#
# OpenTofu does not support `source` there: copy the blocks below into that block of your test.
#
# Terraform generates random strings for everything else. They are not ARNs, ids or JSON, and the provider
# rejects some of them. All values here belong to one account in Tokyo; `override_data` and
# `override_resource` in a test take precedence.

mock_data "aws_caller_identity" {
  defaults = {
    account_id = "123456789012"
  }
}

mock_data "aws_iam_policy_document" {
  defaults = {
    json = "{}"
  }
}

mock_data "aws_partition" {
  defaults = {
    partition  = "aws"
    dns_suffix = "amazonaws.com"
  }
}

mock_data "aws_region" {
  defaults = {
    region = "ap-northeast-1"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/campaign-line"
  }
}

mock_resource "aws_cloudwatch_metric_alarm" {
  defaults = {
    arn = "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:campaign-line-errors"
  }
}

mock_resource "aws_connect_contact_flow" {
  defaults = {
    arn             = "arn:aws:connect:ap-northeast-1:123456789012:instance/12345678-1234-1234-1234-123456789012/contact-flow/23456789-2345-2345-2345-234567890123"
    contact_flow_id = "23456789-2345-2345-2345-234567890123"
  }
}

mock_resource "aws_connect_instance" {
  defaults = {
    arn = "arn:aws:connect:ap-northeast-1:123456789012:instance/12345678-1234-1234-1234-123456789012"
    id  = "12345678-1234-1234-1234-123456789012"
  }
}

mock_resource "aws_connect_phone_number" {
  defaults = {
    arn          = "arn:aws:connect:ap-northeast-1:123456789012:phone-number/34567890-3456-3456-3456-345678901234"
    id           = "34567890-3456-3456-3456-345678901234"
    phone_number = "+815012345678"
  }
}

mock_resource "aws_dynamodb_table" {
  defaults = {
    arn = "arn:aws:dynamodb:ap-northeast-1:123456789012:table/campaign_member_table"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::123456789012:role/campaign-line-ap-northeast-1-function"
  }
}

mock_resource "aws_lambda_function" {
  defaults = {
    arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:campaign-line"
  }
}
