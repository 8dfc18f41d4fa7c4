# The contact flow as text. Nothing is made here: the parts in flows/ are rendered, once for each
# language, and put together.
#
# What the parts take care of, and JSON cannot say:
# - Flow logs show what a block was given. So they are off where the caller's number is compared and
#   from each request for a PIN until the function has answered. They are off, too, when another flow
#   takes the call over: it can read the number and the last PIN, and nobody here knows what it does
#   with them. It may switch its log on itself.
# - Another flow speaks for itself, in its own voice, so nothing is said before it. A queue and a
#   telephone are announced.
# - What is asked again is asked by the block that listens, whose prompt the first key ends. A
#   prompt of its own would swallow the keys of those who know what comes.
# - A caller who ends a PIN of `max_length` digits with # presses it when the entry is over already,
#   and into the next prompt. That empty entry costs no try: the same is asked once more.
# - Silence, empty entries and wrong PINs are counted apart, by a Loop each, so no call is endless.

locals {
  templates = "${path.module}/../../flows"

  # What is shipped, and the caller's own words on top of it.
  shipped = {
    for code in var.languages : code => try(
      jsondecode(file("${local.templates}/texts/${code}.json")),
      { texts = {}, voice = {} },
    )
  }
  texts = {
    for code in var.languages : code => merge(
      local.shipped[code].texts,
      { for name, text in try(var.texts[code], {}) : name => text if text != null },
    )
  }
  voices = {
    for code in var.languages : code => merge(
      local.shipped[code].voice,
      { for name, value in try(var.voices[code], {}) : name => value if value != null },
    )
  }

  # A menu is a chain of blocks, each in its own language and open for every key, so that nobody
  # has to listen to the end. Who presses nothing gets the first language.
  several = length(var.languages) > 1
  keys    = { for index, code in var.languages : tostring(index + 1) => code }

  fallbacks = { for why, to in var.fallbacks : why => to if to != null }

  # Where a conversation enters each of the outcomes that may have a fallback.
  hand_over = {
    for why, to in local.fallbacks :
    why => to.flow_arn == null ? "Announce transfer" : "Pause log for transfer"
  }
  enter = {
    for code in var.languages : code => {
      for why in ["withheld", "locked", "trouble"] : why => "${lookup(local.hand_over, why, "Say")} ${why} ${code}"
    }
  }

  first = "${local.several ? "Set menu voice" : "Set voice"} ${var.languages[0]}"

  parts = concat(
    [templatefile("${local.templates}/start.json.tftpl", { first = local.first })],
    [
      for index, code in var.languages : templatefile("${local.templates}/menu.json.tftpl", {
        code = code
        keys = local.keys
        # Only the last one waits for those who make up their minds.
        offer     = replace(local.texts[code].choose_language, "{key}", tostring(index + 1))
        otherwise = try("Set menu voice ${var.languages[index + 1]}", "Set voice ${var.languages[0]}")
        seconds   = index + 1 < length(var.languages) ? 1 : 5
        voice     = local.voices[code]
      }) if local.several
    ],
    [
      for code in var.languages : templatefile("${local.templates}/line.json.tftpl", {
        code         = code
        enter        = local.enter[code]
        function_arn = var.function_arn
        pin          = var.pin
        texts        = local.texts[code]
        tries        = var.tries_per_call
        voice        = local.voices[code]
      })
    ],
    flatten([
      for code in var.languages : [
        for why, to in local.fallbacks : templatefile("${local.templates}/hand-over.json.tftpl", {
          code      = code
          otherwise = "Say ${why} ${code}"
          text      = local.texts[code].handing_over
          to        = to
          why       = why
        })
      ]
    ]),
  )

  actions = [for part in local.parts : jsondecode("[${part}]")]

  flow = {
    Version     = "2019-10-30"
    StartAction = "Start flow log"
    Actions     = concat(local.actions...)

    # Where the blocks lie in the console: a band for each part.
    Metadata = {
      entryPointPosition = { x = 40, y = 40 }
      ActionMetadata = merge([
        for band, actions in local.actions : {
          for index, action in actions : action.Identifier => {
            isFriendlyName = true
            position       = { x = 200 + 240 * index, y = 40 + 260 * band }
          }
        }
      ]...)
    }
  }
}
