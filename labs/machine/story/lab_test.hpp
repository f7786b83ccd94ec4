#pragma once

#include <gtest/gtest.h>

#include "machine/story/story.hpp"

namespace lab {

/// Runs the body of a test; it fails if its story has.
inline void run_lab_test(void (*body)()) {
  try {
    body();
  } catch (const TestEnded&) {
  }
  if (Story::current().failed()) ADD_FAILURE() << Story::current().text();
}

}  // namespace lab

/// A test of a lab. `hint` is a heading of the lab's hints.md; it is named when the test fails.
/// The seed is a new one in each repetition: use Story::current().seed() for whatever is random.
#define LAB_TEST(suite, name, hint)           \
  static void lab_##suite##_##name();         \
  TEST(suite, name) {                         \
    RecordProperty("hint", hint);             \
    lab::run_lab_test(&lab_##suite##_##name); \
  }                                           \
  static void lab_##suite##_##name()
