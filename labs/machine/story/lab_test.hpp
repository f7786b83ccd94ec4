#pragma once

#include <gtest/gtest.h>

#include "machine/story/story.hpp"

/// A test of a lab. `hint` is a heading of the lab's hints.md; it is named when the test fails.
/// The seed is new in each repetition: use Story::current().seed() for whatever is random.
#define LAB_TEST(suite, name, hint)     \
  static void lab_##suite##_##name();   \
  TEST(suite, name) {                   \
    RecordProperty("hint", hint);       \
    lab_##suite##_##name();             \
  }                                     \
  static void lab_##suite##_##name()
