#include "sandbox/js/engine/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { replacement = 0xfffd };

// What a lead byte asks for: how many bytes follow, and the range of the first of them (which keeps
// out overlong forms, surrogates and what lies beyond U+10FFFF). count 0: no lead byte.
typedef struct {
  uint8_t count, low, high;
} Lead;

static Lead leadOf(uint8_t byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return (Lead){1, 0x80, 0xbf};
  if (byte == 0xe0) return (Lead){2, 0xa0, 0xbf};
  if (byte == 0xed) return (Lead){2, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return (Lead){2, 0x80, 0xbf};
  if (byte == 0xf0) return (Lead){3, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return (Lead){3, 0x80, 0xbf};
  if (byte == 0xf4) return (Lead){3, 0x80, 0x8f};
  return (Lead){0, 0, 0};
}

// Takes one character, or one maximal part of none (then *character is the replacement); returns
// the bytes taken.
static size_t takeCharacter(const uint8_t* bytes, size_t size, uint32_t* character) {
  if (bytes[0] < 0x80) {
    *character = bytes[0];
    return 1;
  }
  const Lead lead = leadOf(bytes[0]);
  *character = bytes[0] & (0x3f >> lead.count);
  size_t taken = 1;
  uint8_t low = lead.low, high = lead.high;
  while (taken <= lead.count && taken < size && bytes[taken] >= low && bytes[taken] <= high) {
    *character = *character << 6 | (bytes[taken++] & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  if (lead.count == 0 || taken <= lead.count) *character = replacement;
  return taken;
}

static bool isWellFormed(const uint8_t* bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    if (bytes[at] < 0x80) {
      ++at;
      continue;
    }
    const Lead lead = leadOf(bytes[at]);
    uint32_t character;
    const size_t taken = takeCharacter(bytes + at, size - at, &character);
    if (lead.count == 0 || taken <= lead.count) return false;
    at += taken;
  }
  return true;
}

static JSValue decodeWithReplacements(JSContext* context, const uint8_t* bytes, size_t size) {
  // No character takes fewer bytes than it takes units of UTF-16.
  uint16_t* units = js_malloc(context, size * sizeof *units);
  if (units == NULL) return JS_EXCEPTION;
  size_t length = 0;
  for (size_t at = 0; at < size;) {
    uint32_t character;
    at += takeCharacter(bytes + at, size - at, &character);
    if (character > 0xffff) {
      units[length++] = (uint16_t)(0xd800 + ((character - 0x10000) >> 10));
      character = 0xdc00 + (character & 0x3ff);
    }
    units[length++] = (uint16_t)character;
  }
  const JSValue text = JS_NewStringUTF16(context, units, length);
  js_free(context, units);
  return text;
}

JSValue utf8Decode(JSContext* context, JSValueConst self, int count, JSValueConst* arguments) {
  (void)self, (void)count;
  size_t size;
  const uint8_t* bytes = JS_GetUint8Array(context, &size, arguments[0]);
  if (bytes == NULL) return JS_HasException(context) ? JS_EXCEPTION : JS_NewString(context, "");
  if (isWellFormed(bytes, size)) return JS_NewStringLen(context, (const char*)bytes, size);
  return decodeWithReplacements(context, bytes, size);
}

JSValue utf8IsValid(JSContext* context, JSValueConst self, int count, JSValueConst* arguments) {
  (void)self, (void)count;
  size_t size;
  const uint8_t* bytes = JS_GetUint8Array(context, &size, arguments[0]);
  if (bytes == NULL && JS_HasException(context)) return JS_EXCEPTION;
  return JS_NewBool(context, bytes == NULL || isWellFormed(bytes, size));
}

// The engine writes halves of surrogate pairs as if they were characters: three bytes, as the
// replacement takes.
static void replaceSurrogates(uint8_t* bytes, size_t size) {
  static const uint8_t utf8Replacement[] = {0xef, 0xbf, 0xbd};
  uint8_t* const end = bytes + size;
  while ((bytes = memchr(bytes, 0xed, (size_t)(end - bytes))) != NULL) {
    if (bytes[1] >= 0xa0) memcpy(bytes, utf8Replacement, sizeof utf8Replacement);
    bytes += sizeof utf8Replacement;
  }
}

JSValue utf8Encode(JSContext* context, JSValueConst self, int count, JSValueConst* arguments) {
  (void)self, (void)count;
  size_t size;
  const char* text = JS_ToCStringLen(context, &size, arguments[0]);
  if (text == NULL) return JS_EXCEPTION;
  const JSValue array = JS_NewUint8ArrayCopy(context, (const uint8_t*)text, size);
  JS_FreeCString(context, text);
  if (!JS_IsException(array) && size > 0) {
    replaceSurrogates(JS_GetUint8Array(context, &size, array), size);
  }
  return array;
}
