# The line itself: instance, flow, number, and the function's place in them.

data "aws_caller_identity" "current" {}

# Made before the instance, which would otherwise make it without retention; Amazon Connect
# writes into a group that it finds.
resource "aws_cloudwatch_log_group" "flow" {
  name              = "/aws/connect/${var.instance_alias}"
  retention_in_days = var.flow_log_retention_in_days
  tags              = var.tags
}

resource "aws_connect_instance" "this" {
  identity_management_type  = "CONNECT_MANAGED"
  inbound_calls_enabled     = true
  instance_alias            = var.instance_alias
  outbound_calls_enabled    = var.outbound_calls_enabled
  contact_flow_logs_enabled = true
  tags                      = var.tags

  depends_on = [aws_cloudwatch_log_group.flow]
}

resource "aws_lambda_permission" "connect" {
  statement_id   = "AllowAmazonConnect"
  action         = "lambda:InvokeFunction"
  function_name  = var.function_name
  principal      = "connect.amazonaws.com"
  source_account = data.aws_caller_identity.current.account_id
  source_arn     = aws_connect_instance.this.arn
}

resource "aws_connect_lambda_function_association" "this" {
  function_arn = var.function_arn
  instance_id  = aws_connect_instance.this.id

  depends_on = [aws_lambda_permission.connect]
}

resource "aws_connect_contact_flow" "this" {
  instance_id = aws_connect_instance.this.id
  name        = var.name
  description = "Asks members for a PIN and sends the campaign's URL by SMS"
  type        = "CONTACT_FLOW"
  content     = var.flow_content
  tags        = var.tags

  # The provider would look for the flow in an instance that is gone.
  lifecycle {
    replace_triggered_by = [aws_connect_instance.this.id]
  }

  # A flow may only name functions that the instance knows.
  depends_on = [aws_connect_lambda_function_association.this]
}

resource "aws_connect_phone_number" "this" {
  target_arn   = aws_connect_instance.this.arn
  country_code = var.phone_number.country_code
  description  = var.phone_number.description
  prefix       = var.phone_number.prefix
  type         = var.phone_number.type
  tags         = var.tags

  lifecycle {
    # Each of them would release the number, and AWS does not give a released number back.
    ignore_changes = [country_code, description, prefix, type]
    # A number cannot outlive its instance; the provider would try to move it from one that is gone.
    replace_triggered_by = [aws_connect_instance.this.id]
  }
}

resource "aws_connect_phone_number_contact_flow_association" "this" {
  contact_flow_id = aws_connect_contact_flow.this.contact_flow_id
  instance_id     = aws_connect_instance.this.id
  phone_number_id = aws_connect_phone_number.this.id
}
