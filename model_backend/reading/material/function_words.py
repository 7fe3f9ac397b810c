"""A closed list of English function words; a reading says that its list is English."""

FUNCTION_WORDS = frozenset(
    """
    a an the this that these those
    and or but nor so yet if than as because while although though unless until since whether
    of in on at by for with from to into onto upon over under between among through along across
    during before after about against without within near off out up down around behind beyond
    i you he she it we they me him her us them my your his its our their mine yours hers ours
    theirs myself yourself himself herself itself ourselves themselves who whom whose which what
    is are was were be been being am do does did done doing have has had having will would shall
    should can could may might must
    not no there here then when where why how all any both each few more most other some such only
    own same too very just also
    """.split()
)
