# SMS settings of the account in this Region, of which there is one set: let one stack own them.
# Their deletion writes an empty value to all six.

resource "aws_sns_sms_preferences" "this" {
  default_sender_id                     = var.default_sender_id
  default_sms_type                      = var.default_sms_type
  delivery_status_iam_role_arn          = var.delivery_logs == null ? var.delivery_status_iam_role_arn : one(aws_iam_role.delivery[*].arn)
  delivery_status_success_sampling_rate = local.sampling_rate == null ? null : tostring(local.sampling_rate)
  monthly_spend_limit                   = var.monthly_spend_limit
  usage_report_s3_bucket                = var.usage_report_s3_bucket

  # SNS would make groups that keep whole numbers for ever, and begins to write at once. It also
  # tries the role at once, and one that was made a second ago is not known everywhere yet.
  depends_on = [aws_cloudwatch_log_group.delivery, aws_iam_role_policy.delivery, var.made_after]
}
