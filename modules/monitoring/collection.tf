# What has to be there for AWS to measure anything.

# End User Messaging writes its metrics with this role. There is one for all of the account, whatever
# made it.
resource "aws_iam_service_linked_role" "sms_voice" {
  count = var.create_sms_service_linked_role ? 1 : 0

  aws_service_name = "sms-voice.amazonaws.com"
  tags             = var.tags
}
