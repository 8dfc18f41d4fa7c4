variable "attempts_table_name" {
  description = "Name of the table in which the function keeps wrong PINs and messages; read when it is made and never again. Null makes none."
  type        = string
  default     = null
}

variable "benefits" {
  description = <<-EOT
    The table of campaigns.

    - `name`          - its name; read when it is made and never again.
    - `key_attribute` - its partition key, a string: the PIN. Default `pinCode`.
    - `create`        - false when the table is there already. Default true.
  EOT
  type = object({
    name          = string
    key_attribute = optional(string, "pinCode")
    create        = optional(bool, true)
  })
  nullable = false
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the tables that are made here."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key" {
  description = "Key that encrypts the tables that are made here. Null leaves it to a key of DynamoDB's own."
  type = object({
    arn = string
  })
  default = null
}

variable "made_after" {
  description = "Something that the tables wait for, and that is therefore destroyed after them."
  type        = string
  default     = null
}

variable "members" {
  description = <<-EOT
    The table of callers.

    - `name`          - its name; read when it is made and never again.
    - `key_attribute` - its partition key, a string: the number, E.164. Default `phone`.
    - `create`        - false when the table is there already. Default true.
  EOT
  type = object({
    name          = string
    key_attribute = optional(string, "phone")
    create        = optional(bool, true)
  })
  nullable = false
}

variable "point_in_time_recovery" {
  description = "Whether the tables that are made here can be restored to any second of the last days."
  type        = bool
  default     = true
  nullable    = false
}

variable "recovery_period_in_days" {
  description = "How many days, 1 to 35."
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
