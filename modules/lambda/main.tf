# The function, with exactly the rights it uses.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  attempts  = var.attempts_table_arn == null ? [] : [var.attempts_table_arn]
  partition = data.aws_partition.current.partition
  place     = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"

  # Known at plan also for a group that is yet to be made by somebody else.
  log_group_name = var.existing_log_group == null ? "/aws/lambda/${var.name}" : var.existing_log_group.name
  log_group_arn = (
    var.existing_log_group == null
    ? one(aws_cloudwatch_log_group.function[*].arn)
    : "arn:${local.partition}:logs:${local.place}:log-group:${var.existing_log_group.name}"
  )
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name                 = "${var.name}-function"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "ReadTables"
    actions   = ["dynamodb:GetItem"]
    resources = concat([var.member_table_arn, var.benefits_table_arn], local.attempts)
  }

  # The campaign's own counter of redemptions; URLs and rules are written by others.
  statement {
    sid       = "CountRedemptionsAndAttempts"
    actions   = ["dynamodb:UpdateItem"]
    resources = concat([var.benefits_table_arn], local.attempts)
  }

  # A campaign that each member may use once is marked as used before the message, and unmarked when
  # the message is refused.
  dynamic "statement" {
    for_each = length(local.attempts) == 0 ? [] : [local.attempts]

    content {
      sid       = "TakeBackSingleUses"
      actions   = ["dynamodb:DeleteItem"]
      resources = statement.value
    }
  }

  # DynamoDB opens a table under a customer's key with the rights of whoever reads or writes it.
  dynamic "statement" {
    for_each = var.tables_kms_key == null ? [] : [var.tables_kms_key.arn]

    content {
      sid       = "DecryptTables"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${data.aws_region.current.region}.amazonaws.com"]
      }
    }
  }

  # A text message has no ARN: the resource that IAM checks is the phone number itself. All
  # topics are excluded instead.
  dynamic "statement" {
    for_each = var.sms_backend == "sns" ? ["sns"] : []

    content {
      sid           = "SendTextMessages"
      actions       = ["sns:Publish"]
      not_resources = ["arn:${local.partition}:sns:*:*:*"]
    }
  }

  # IAM looks at what a message is sent from; to whom is no resource, but a sender id is one of its
  # country. The ARN of a number has an id that the number itself does not tell.
  dynamic "statement" {
    for_each = var.sms_backend == "end_user_messaging" ? ["sms-voice"] : []

    content {
      sid       = "SendTextMessages"
      actions   = ["sms-voice:SendTextMessage"]
      resources = [for origin in var.sms_origins : "arn:${local.partition}:sms-voice:${local.place}:${origin}"]
    }
  }

  dynamic "statement" {
    for_each = var.pepper_kms_key == null ? [] : [var.pepper_kms_key.arn]

    content {
      sid       = "PepperPins"
      actions   = ["kms:GenerateMac"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:MacAlgorithm"
        values   = ["HMAC_SHA_256"]
      }
    }
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:*"]
  }

  # X-Ray has no resources to name.
  dynamic "statement" {
    for_each = var.tracing ? ["xray"] : []

    content {
      sid       = "Trace"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "function"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

resource "aws_cloudwatch_log_group" "function" {
  count = var.existing_log_group == null ? 1 : 0

  name              = local.log_group_name
  kms_key_id        = var.log_kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116: Amazon Connect invokes it synchronously; a dead letter queue is for asynchronous invocations only
  #checkov:skip=CKV_AWS_117: it talks to public endpoints of AWS only; a VPC would add gateways and protect nothing more
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
  architectures                  = [var.architecture]
  code_signing_config_arn        = var.code_signing_config_arn
  memory_size                    = var.memory_size
  reserved_concurrent_executions = var.reserved_concurrency
  timeout                        = var.timeout
  tags                           = var.tags

  environment {
    variables = var.environment
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "INFO"
    log_group             = local.log_group_name
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  lifecycle {
    precondition {
      condition     = var.package.path == null ? true : fileexists(var.package.path)
      error_message = "There is no function package at ${coalesce(var.package.path, "-")}: ${var.package_cure}."
    }
  }

  # Without its rights the first calls would fail while IAM catches up; without its group Lambda
  # would make one that keeps lines for ever.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}
