# The function, with exactly the rights it uses.

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
  name               = "${var.name}-function"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "ReadTables"
    actions   = ["dynamodb:GetItem"]
    resources = var.readable_table_arns
  }

  # A text message has no ARN: the resource that IAM checks is the phone number itself. All
  # topics are excluded instead.
  statement {
    sid           = "SendTextMessages"
    actions       = ["sns:Publish"]
    not_resources = ["arn:${data.aws_partition.current.partition}:sns:*:*:*"]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }

  # X-Ray has no resources to name.
  statement {
    sid       = "Trace"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "function"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = "Looks up callers and PINs for Amazon Connect and sends the campaign's URL by SMS"
  role             = aws_iam_role.function.arn
  filename         = var.package_path
  source_code_hash = fileexists(var.package_path) ? filebase64sha256(var.package_path) : null
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  memory_size      = var.memory_size
  timeout          = var.timeout
  tags             = var.tags

  environment {
    variables = var.environment
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.function.name
  }

  tracing_config {
    mode = "Active"
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.package_path)
      error_message = "There is no function package at ${var.package_path}: build it with `cargo run -- package` in the module's checkout, or set lambda_package.path to a zip of your own."
    }
  }

  # Without its rights the first calls would fail while IAM catches up.
  depends_on = [aws_iam_role_policy.function]
}
