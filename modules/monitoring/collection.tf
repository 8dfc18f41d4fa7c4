# End User Messaging publishes its metrics with this role. An account has at most one, whoever created
# it.
resource "aws_iam_service_linked_role" "sms_voice" {
  count = var.create_sms_service_linked_role ? 1 : 0

  aws_service_name = "sms-voice.amazonaws.com"
  tags             = var.tags
}
