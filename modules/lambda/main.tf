# The function and its log group. permissions.tf has its role.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  attempts           = var.tables.attempts_arn == null ? [] : [var.tables.attempts_arn]
  partition          = data.aws_partition.current.partition
  region_and_account = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"

  # The ARN of an existing group is composed, so that it is known at plan although the stack has yet to
  # create the group.
  log_group_name = var.log.existing_group == null ? "/aws/lambda/${var.name}" : var.log.existing_group.name
  log_group_arn = (
    var.log.existing_group == null
    ? one(aws_cloudwatch_log_group.function[*].arn)
    : "arn:${local.partition}:logs:${local.region_and_account}:log-group:${var.log.existing_group.name}"
  )
}

resource "aws_cloudwatch_log_group" "function" {
  count = var.log.existing_group == null ? 1 : 0

  name              = local.log_group_name
  kms_key_id        = var.log.kms_key_arn
  retention_in_days = var.log.retention_in_days
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116: Amazon Connect invokes it synchronously; a dead letter queue is for asynchronous invocations only
  #checkov:skip=CKV_AWS_117: it calls endpoints of AWS only, so a VPC is optional, by an input
  #checkov:skip=CKV_AWS_173: its variables hold names and limits, never a secret; the pepper stays in KMS
  function_name                  = var.name
  description                    = "Looks up callers and PINs for Amazon Connect and sends the campaign's URL by SMS"
  role                           = aws_iam_role.function.arn
  package_type                   = var.package.image == null ? "Zip" : "Image"
  filename                       = var.package.path
  s3_bucket                      = try(var.package.s3.bucket, null)
  s3_key                         = try(var.package.s3.key, null)
  s3_object_version              = try(var.package.s3.version_id, null)
  image_uri                      = try(var.package.image.uri, null)
  source_code_hash               = try(filebase64sha256(var.package.path), null)
  handler                        = var.package.image == null ? "bootstrap" : null
  runtime                        = var.package.image == null ? "provided.al2023" : null
  architectures                  = [var.function.architecture]
  code_signing_config_arn        = var.function.code_signing_config_arn
  memory_size                    = var.function.memory_size
  reserved_concurrent_executions = var.function.reserved_concurrency
  timeout                        = var.function.timeout
  tags                           = var.tags

  # The function itself omits lines below this level.
  environment {
    variables = merge(var.environment, { LOG_LEVEL = var.log.level })
  }

  # Lines of metrics have no level, and Lambda treats such a line as INFO: with a higher level here it
  # would drop them, and no alarm would ever fire.
  logging_config {
    log_format            = "JSON"
    application_log_level = var.log.level == "DEBUG" ? "DEBUG" : "INFO"
    system_log_level      = "INFO"
    log_group             = local.log_group_name
  }

  tracing_config {
    mode = var.function.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.function.vpc == null ? [] : [var.function.vpc]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = var.package.path == null ? true : fileexists(var.package.path)
      error_message = "There is no function package at ${coalesce(var.package.path, "-")}: ${var.package.missing_package_hint}."
    }
  }

  # Without the policy the first calls would fail until IAM is consistent; without the log group Lambda
  # would create one that keeps lines forever.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}
