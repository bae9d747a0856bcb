/* findstr /n /i /c:"TEXT" FILE, of which Wine 8 has a stub only: prints each line that holds the text, with its number. */

#include <windows.h>
#include <shlwapi.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_LINE 65536
#define WRONG 2  /* what findstr ends with where it cannot search */

int main(int count, char **arguments)
{
    static char line[LONGEST_LINE];
    FILE *file;
    int number = 0, found = 0;
    if (count != 5 || _stricmp(arguments[1], "/n") || _stricmp(arguments[2], "/i") || _strnicmp(arguments[3], "/c:", 3)) {
        fprintf(stderr, "FINDSTR: Bad command line\n");
        return WRONG;
    }
    if (!(file = fopen(arguments[4], "r"))) {
        fprintf(stderr, "FINDSTR: Cannot open %s\n", arguments[4]);
        return WRONG;
    }
    while (fgets(line, sizeof line, file)) {
        number++;
        if (StrStrIA(line, arguments[3] + 3) && ++found)
            printf("%d:%s%s", number, line, strchr(line, '\n') ? "" : "\n");
    }
    return !found;
}
