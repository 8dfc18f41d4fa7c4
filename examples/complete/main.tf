# Every part of the module in use. Region, account and endpoint come from the environment, so
# the same file is applied to AWS and to the local account.

module "line" {
  source = "../../"

  instance_alias = var.instance_alias
  name           = "campaign-line"
  languages      = [var.language]

  phone_number = {
    country_code = "JP"
    type         = "DID"
    prefix       = "+8150"
    description  = "Campaign line"
  }

  pin = {
    min_length          = 4
    max_length          = 8
    first_key_seconds   = 10
    between_key_seconds = 5
  }

  # Limits on wrong PINs, after which the line refuses further PINs for a while.
  guessing = {
    tries_per_call                 = 3
    wrong_pins_per_caller_per_hour = 5
    wrong_pins_per_caller_per_day  = 10
    wrong_pins_per_hour            = 300
  }

  unknown_caller = "announce"

  sms = {
    template           = "キャンペーンページ {url}"
    type               = "Promotional"
    country_prefixes   = ["+81"]
    per_member_per_day = 2
  }

  # One set per account and Region: no other stack may manage these settings.
  sms_preferences = {
    default_sms_type    = "Promotional"
    monthly_spend_limit = 1

    delivery_logs = {
      retention_in_days     = 30
      success_sampling_rate = 100
    }
  }

  tables = {
    # An example is destroyed again. Leave it true when rows matter.
    deletion_protection     = false
    point_in_time_recovery  = true
    recovery_period_in_days = 7
  }

  function = {
    architecture          = var.architecture
    log_level             = "INFO"
    log_retention_in_days = 30
    memory_size           = 256
    timeout               = 7
    tracing               = true
  }

  flow_logs = {
    retention_in_days = 30
  }

  alarms = {
    topic_arn             = aws_sns_topic.alarms.arn
    duration_ms           = 3000
    faults_per_hour       = 0
    locks_per_hour        = 20
    sms_failures_per_hour = 0
    undelivered_per_hour  = 0
  }

  dashboard = {
    enabled = true
  }

  tags = {
    Service = "campaign-line"
  }
}

# The topic that alarms notify: subscribe an e-mail address or a chat to it.
resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26: alarms contain no data of callers, and CloudWatch cannot publish to a topic under the key of AWS; see existing-instance for a key of your own
  name = "campaign-line-alarms"

  tags = {
    Service = "campaign-line"
  }
}
