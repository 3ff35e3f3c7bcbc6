// QuickJS-NG's regular expressions, with one improvement: an expression that can only match at the
// start of the text is tried there and nowhere else.
//
// The engine precedes the program of every expression that is not sticky with a loop that tries one
// position after the other. For an expression like /^# (.*)/ every failure then costs a walk over
// the whole text, which makes parsers that match anchored expressions against the rest of a
// document quadratic: the CommonMark specification took `marked` ten seconds instead of a tenth of
// one.
#define lre_compile lre_compile_unanchored
#include "libregexp.c"
#undef lre_compile

uint8_t* lre_compile(int* plen, char* error_msg, int error_msg_size, const char* buf,
                     size_t buf_len, int re_flags, void* opaque);

//  header | split_goto_first +6 | any | goto -11 | save_start 0 | line_start ...
//           ^ try here, or ...    ^ ... one further on
enum {
  searchAny = RE_HEADER_LEN + 5,
  searchGoto = searchAny + 1,
  searchEnd = searchGoto + 5,
  firstInstruction = searchEnd + 2,
};

static bool matchesOnlyAtStart(const uint8_t* code, int size) {
  return size > firstInstruction && code[RE_HEADER_LEN] == REOP_split_goto_first &&
         code[searchAny] == REOP_any && code[searchGoto] == REOP_goto &&
         code[searchEnd] == REOP_save_start && code[firstInstruction] == REOP_line_start;
}

uint8_t* lre_compile(int* plen, char* error_msg, int error_msg_size, const char* buf,
                     size_t buf_len, int re_flags, void* opaque) {
  uint8_t* code =
      lre_compile_unanchored(plen, error_msg, error_msg_size, buf, buf_len, re_flags, opaque);
  // A plain jump has the same size and target; it only leaves out the second choice.
  if (code != NULL && matchesOnlyAtStart(code, *plen)) code[RE_HEADER_LEN] = REOP_goto;
  return code;
}
