variable "attempts" {
  description = <<-EOT
    The table in which the function records wrong PINs and messages. Null creates none.

    - `name` - its name; read only when the table is created.
  EOT
  type = object({
    name = string
  })
  default = null
}

variable "benefits" {
  description = <<-EOT
    The table of campaigns.

    - `name`          - its name; read only when the table is created.
    - `key_attribute` - its partition key, a string: the PIN. Default `pinCode`.
    - `create`        - false uses an existing table. Default true.
  EOT
  type = object({
    name          = string
    key_attribute = optional(string, "pinCode")
    create        = optional(bool, true)
  })
  nullable = false
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the tables created here."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key" {
  description = "Customer managed key that encrypts the tables created here. Null leaves encryption to a key owned by DynamoDB."
  type = object({
    arn = string
  })
  default = null
}

variable "members" {
  description = <<-EOT
    The table of members.

    - `name`          - its name; read only when the table is created.
    - `key_attribute` - its partition key, a string: the phone number in E.164. Default `phone`.
    - `create`        - false uses an existing table. Default true.
  EOT
  type = object({
    name          = string
    key_attribute = optional(string, "phone")
    create        = optional(bool, true)
  })
  nullable = false
}

variable "point_in_time_recovery" {
  description = "Whether the tables created here can be restored to any second of the recovery period."
  type        = bool
  default     = true
  nullable    = false
}

variable "recovery_period_in_days" {
  description = "Recovery period in days, 1 to 35."
  type        = number
  default     = 35
  nullable    = false
}

variable "tags" {
  description = "Tags for the tables."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "wait_for" {
  description = "Value of a resource that the tables are created after, and therefore destroyed before."
  type        = string
  default     = null
}
