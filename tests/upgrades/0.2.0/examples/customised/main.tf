# A line that says everything in its own words: the inputs that the release after 0.2.0 changes. It is
# no example of that release; only the test of upgrades deploys it.

module "line" {
  source = "../../"

  instance_alias = var.instance_alias
  languages      = ["ja", "en"]

  pin = {
    min_length = 4
    pepper     = { kms_key_arn = aws_kms_key.pepper.arn }
  }

  texts = {
    ja = { ask_pin = "四桁以上の暗証番号と、シャープを押して下さい" }
    en = {
      ask_pin = "Key your campaign number, then press the pound key."
      sent    = "The message is on its way."
    }
  }

  voices = {
    ja = { name = "Tomoko" }
  }

  sms = {
    template  = "応募はこちら {url}"
    templates = { en = "Take part: {url}" }
  }

  function = {
    architecture = var.architecture
  }

  tables = {
    deletion_protection = false
  }
}

resource "aws_kms_key" "pepper" {
  description              = "Keys the hashes of the attempts table"
  customer_master_key_spec = "HMAC_256"
  key_usage                = "GENERATE_VERIFY_MAC"
  deletion_window_in_days  = 7
}
