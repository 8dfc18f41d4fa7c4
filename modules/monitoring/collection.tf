# The role with which End User Messaging publishes its metrics. An account has at most one.
resource "aws_iam_service_linked_role" "sms_voice" {
  count = var.create_sms_service_linked_role ? 1 : 0

  aws_service_name = "sms-voice.amazonaws.com"
  tags             = var.tags
}
